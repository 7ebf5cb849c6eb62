/* Sends every single-precision matrix product of PyTorch's BLAS to oneDNN, which Debian's PyTorch uses for convolutions
   only: a stand-in for a PyTorch that was built with a newer BLAS. Preloaded into rival C; see pair.py.
   oneDNN's matrices are row-major, BLAS's column-major, so the operands change places. */
int dnnl_sgemm(char, char, long, long, long, float, const float *, long, const float *, long, float, float *, long);

void sgemm_(const char *ta, const char *tb, const int *m, const int *n, const int *k, const float *alpha, const float *a,
            const int *lda, const float *b, const int *ldb, const float *beta, float *c, const int *ldc)
{
    dnnl_sgemm(*tb, *ta, *n, *m, *k, *alpha, b, *ldb, a, *lda, *beta, c, *ldc);
}
