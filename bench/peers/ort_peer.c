/* ONNX Runtime's side of the paired comparison:  ort_peer LIBRARY FOLDER THREADS
   Speaks what torch_peer.py speaks, for the models that onnx_export.py wrote. In C because a small model takes 8 microseconds, and Python's
   binding costs as much. The C interface is a table of functions whose order never changes; the few that are needed are called by their
   place in it, so that no header is asked for. */
#include <dlfcn.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { GET_ERROR_MESSAGE = 2, CREATE_ENV = 3, CREATE_SESSION = 7, RUN = 9, CREATE_SESSION_OPTIONS = 10, SET_OPTIMIZATION = 23,
       SET_INTRA_THREADS = 24, SET_INTER_THREADS = 25, CREATE_TENSOR_WITH_DATA = 49, CREATE_CPU_MEMORY_INFO = 69, RELEASE_SESSION = 95,
       RELEASE_VALUE = 96, RELEASE_SESSION_OPTIONS = 100 };
enum { ALL_OPTIMIZATIONS = 99, FLOAT = 1, DEVICE_ALLOCATOR = 0, DEFAULT_MEMORY = 0, WARNING = 2, API_VERSION = 11, MOST = 4, PROBES = 97 };

typedef void *Status;                       /* null is success */
typedef struct { void **(*table)(uint32_t version); const char *(*version)(void); } Base;

static void **api;
static void *environment, *memory, *session;
static int threads;

/* Images are [batch, channels, height, width] here and drawn and compared as [batch, height, width, channels]. */
typedef struct { char name[32]; int64_t shape[8]; size_t rank, length; int images; float *data; void *value; } Tensor;
static Tensor in[MOST], out;
static size_t inputs;

static int failed(Status status)
{
    if (!status) return 0;
    printf("{\"error\": \"");
    for (const char *c = ((const char *(*)(Status))api[GET_ERROR_MESSAGE])(status); *c; c++) putchar(*c == '"' || *c == '\\' || *c < ' ' ? ' ' : *c);
    printf("\"}\n");
    return 1;
}

/* Where the i-th number in everybody's order lies. */
static size_t place(const Tensor *x, size_t i)
{
    if (!x->images) return i;
    size_t c = x->shape[1], area = x->shape[2] * x->shape[3], pixel = i / c;
    return (pixel / area * c + i % c) * area + pixel % area;
}

/* The numbers of ../Series.cs. */
static void series(Tensor *x, uint32_t seed, float scale)
{
    for (size_t i = 0; i < x->length; i++) {
        uint32_t hash = (uint32_t)(i + 1) * 2654435761u + seed * 1000003u;
        hash = (hash ^ (hash >> 15)) * 2246822519u;
        hash ^= hash >> 13;
        x->data[place(x, i)] = scale * ((float)(hash >> 8) * (1.0f / 8388608.0f) - 1.0f);
    }
}

static double microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

static Status run(long times)
{
    const char *names[MOST], *result[] = {out.name};
    const void *values[MOST];
    void *results[] = {out.value};
    for (size_t i = 0; i < inputs; i++) { names[i] = in[i].name; values[i] = in[i].value; }
    Status (*call)(void *, const void *, const char *const *, const void *const *, size_t, const char *const *, size_t, void **) = api[RUN];
    Status status = NULL;
    while (times-- > 0 && !status) status = call(session, NULL, names, values, inputs, result, 1, results);
    return status;
}

/* A tensor of the sizes in text; images are marked by a word before them. */
static Status tensor(Tensor *x, char *text)
{
    char *word = strtok(text, " \n");
    x->images = word && !strcmp(word, "images");
    if (x->images) word = strtok(NULL, " \n");
    x->length = 1;
    for (x->rank = 0; word && x->rank < 8; word = strtok(NULL, " \n")) x->length *= x->shape[x->rank++] = atoll(word);
    x->data = aligned_alloc(64, (x->length * sizeof(float) + 63) / 64 * 64);
    Status (*create)(const void *, void *, size_t, const int64_t *, size_t, int, void **) = api[CREATE_TENSOR_WITH_DATA];
    return create(memory, x->data, x->length * sizeof(float), x->shape, x->rank, FLOAT, &x->value);
}

static void release(void)
{
    void (*value)(void *) = api[RELEASE_VALUE];
    for (size_t i = 0; i < inputs; i++) { value(in[i].value); free(in[i].data); }
    if (out.value) { value(out.value); free(out.data); }
    if (session) ((void (*)(void *))api[RELEASE_SESSION])(session);
    inputs = 0;
    out.value = session = NULL;
}

static void use(const char *folder, const char *row)
{
    char path[4096], line[512];
    release();
    snprintf(path, sizeof path, "%s/%s.txt", folder, row);
    FILE *list = fopen(path, "r");
    if (!list) { printf("{\"unknown\": true}\n"); return; }

    void *options;
    snprintf(path, sizeof path, "%s/%s.onnx", folder, row);
    if (failed(((Status (*)(void **))api[CREATE_SESSION_OPTIONS])(&options)) ||
        failed(((Status (*)(void *, int))api[SET_OPTIMIZATION])(options, ALL_OPTIMIZATIONS)) ||
        failed(((Status (*)(void *, int))api[SET_INTRA_THREADS])(options, threads)) ||
        failed(((Status (*)(void *, int))api[SET_INTER_THREADS])(options, 1)) ||
        failed(((Status (*)(void *, const char *, void *, void **))api[CREATE_SESSION])(environment, path, options, &session)))
        { session = NULL; fclose(list); return; }
    ((void (*)(void *))api[RELEASE_SESSION_OPTIONS])(options);

    while (fgets(line, sizeof line, list)) {
        unsigned seed;
        float scale;
        int at;
        Status status = NULL;
        if (inputs < MOST && sscanf(line, "input %31s %u %f %n", in[inputs].name, &seed, &scale, &at) == 3) {
            status = tensor(&in[inputs], line + at);
            series(&in[inputs++], seed, scale);
        } else if (sscanf(line, "output %31s %n", out.name, &at) == 1) {
            status = tensor(&out, line + at);
        }
        if (failed(status)) { fclose(list); return; }
    }
    fclose(list);

    double begin = microseconds();
    long times = 1;
    do {
        if (failed(run(times))) return;
        if (times < 4096) times *= 2;
    } while (microseconds() - begin < 100e3);
    begin = microseconds();
    if (!failed(run(1))) printf("{\"us\": %.4f}\n", microseconds() - begin);
}

static void check(void)
{
    double squares = 0;
    size_t probes = out.length < PROBES ? out.length : PROBES;
    if (failed(run(1))) return;
    for (size_t i = 0; i < out.length; i++) squares += (double)out.data[i] * out.data[i];
    printf("{\"y\": {\"length\": %zu, \"norm\": %.9g, \"values\": [", out.length, sqrt(squares));
    for (size_t i = 0; i < probes; i++) printf("%s%.9g", i ? ", " : "", out.data[place(&out, probes == 1 ? 0 : i * (out.length - 1) / (probes - 1))]);
    printf("]}}\n");
}

int main(int count, char **words)
{
    char line[512], row[256];
    long times;
    void *library = count == 4 ? dlopen(words[1], RTLD_NOW) : NULL;
    const Base *(*base)(void) = library ? (const Base *(*)(void))dlsym(library, "OrtGetApiBase") : NULL;
    if (!base || !(api = base()->table(API_VERSION))) {
        fprintf(stderr, "ort_peer: %s\n", count == 4 ? "that is no ONNX Runtime library" : "usage: ort_peer LIBRARY FOLDER THREADS");
        return 3;
    }
    threads = atoi(words[3]);
    if (failed(((Status (*)(int, const char *, void **))api[CREATE_ENV])(WARNING, "bench", &environment)) ||
        failed(((Status (*)(int, int, void **))api[CREATE_CPU_MEMORY_INFO])(DEVICE_ALLOCATOR, DEFAULT_MEMORY, &memory))) return 3;

    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "use %255s", row) == 1) use(words[2], row);
        else if (sscanf(line, "go %ld", &times) == 1 && session) {
            double begin = microseconds();
            if (!failed(run(times))) printf("{\"us\": %.6f}\n", (microseconds() - begin) / times);
        } else if (!strncmp(line, "check", 5) && session) check();
        else if (!strncmp(line, "about", 5)) printf("{\"onnxruntime\": \"%s\", \"threads\": %d}\n", base()->version(), threads);
        else printf("{\"error\": \"expected 'use ROW', then 'go N' or 'check', or 'about'\"}\n");
        fflush(stdout);
    }
    return 0;
}
