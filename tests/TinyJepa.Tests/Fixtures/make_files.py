#!/usr/bin/env python3
"""Makes the files of other programs beside this file:  python3 make_files.py

files/     what PyTorch and NumPy write, and in files.safetensors what is in them, as float32, by "file/tensor".
hostile/   files that are damaged, contradictory or made to attack a reader, and in expected.tsv a part of the sentence that refuses each.

Needs PyTorch 1.13 and NumPy 1.24 (Debian: python3-torch, python3-numpy). A second run writes the same bytes (but for
before_1.6.pt, whose keys are addresses, and torchscript.pt). Nothing here is ever unpickled by the tests; the attacks would at worst
create a file called PWNED.
"""
import collections
import io
import os
import pickle
import shutil
import struct
import zipfile
import zlib

import numpy as np
import torch

from make_fixtures import HERE, formula, write

FILES, HOSTILE = os.path.join(HERE, "files"), os.path.join(HERE, "hostile")
truth = {}


def note(file, name, value):
    value = torch.as_tensor(value)
    truth[f"{file}/{name}"] = value.detach().to(torch.float32).contiguous().clone()


def save_torch(file, value, tensors, **options):
    torch.save(value, os.path.join(FILES, file), **options)
    for name, tensor in tensors.items():
        note(file, name, tensor)


def torch_files():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 2, bias=False))
    with torch.no_grad():
        for i, p in enumerate(model.parameters()):
            p.copy_(formula(40 + i, *p.shape))
    state = model.state_dict()
    save_torch("state_dict.pt", state, state)

    values = [-2.5, 0.0, 1.0, 3.0, 100.0, 0.1]
    kinds = dict(f32=torch.float32, f64=torch.float64, f16=torch.float16, bf16=torch.bfloat16, i64=torch.int64, i32=torch.int32,
                 i16=torch.int16, i8=torch.int8, u8=torch.uint8, bool=torch.bool)
    types = {name: torch.tensor(values[1:] if name in ("u8", "bool") else values).to(kind) for name, kind in kinds.items()}
    types["i64.large"] = torch.tensor([2 ** 53 + 1, -2 ** 62])
    save_torch("types.pt", types, types)

    base = formula(50, 4, 6)
    cube = formula(51, 2, 3, 4)
    views = {
        "base": base, "transposed": base.t(), "rows": base[1:3], "columns": base[:, 2:5], "every.second": base[::2, 1::2], "row": base[2],
        "scalar": torch.tensor(7.5), "element": base[3, 5], "empty": torch.zeros(0, 3), "empty.view": base[4:], "permuted": cube.permute(2, 0, 1),
        "channels.last": formula(52, 1, 3, 2, 2).contiguous(memory_format=torch.channels_last), "ones": formula(53, 1, 5, 1),
        "parameter": torch.nn.Parameter(formula(54, 3)), "diagonal": base.diagonal(),
    }
    views["again"] = views["base"]
    save_torch("views.pt", views, views)

    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    model(formula(55, 5, 3)).sum().backward()
    optimiser.step()
    mean = formula(56, 10)
    checkpoint = {
        "model": model.state_dict(), "optimizer": optimiser.state_dict(), "epoch": 3, "lr": 1e-3, "done": True, "note": "Größe π 日本 😀", "best": None,
        "state_names": ["ball_x", "ball_y"], "sizes": (1, -2, (3.5, "x")), "val": {"x": 0.5, "inf": float("inf")}, "large": 2 ** 70, "negative": -5,
        "long": -2 ** 40, "shape": torch.Size([2, 3]), "type": torch.bfloat16, "state_mean": mean, "list": [mean, {"k": mean[2:4]}], "empty": {},
        "nothing": [], 7: "seven", "np": {kind: np.dtype(kind).type(value) for kind, value in
                                            dict(f8=0.1, f4=0.1, f2=0.1, i8=-2 ** 40, i4=-2 ** 30, i2=-300, i1=-3, u8=2 ** 64 - 1, u4=2 ** 32 - 1, u2=65535, u1=255, b1=True).items()},
    }
    tensors = {"model." + k: v for k, v in model.state_dict().items()}
    for i, s in optimiser.state_dict()["state"].items():
        tensors.update({f"optimizer.state.{i}.{k}": v for k, v in s.items()})
    tensors.update({"state_mean": mean, "list.0": mean, "list.1.k": mean[2:4]})
    save_torch("checkpoint.pt", checkpoint, tensors)
    save_torch("one.pth", mean, {"tensor": mean})

    torch.save(state, os.path.join(HOSTILE, "before_1.6.pt"), _use_new_zipfile_serialization=False)
    expect("before_1.6.pt", "format before 1.6")
    torch.save(state, os.path.join(HOSTILE, "protocol_4.pt"), pickle_protocol=4)
    expect("protocol_4.pt", "pickle protocol 4")
    torch.jit.script(torch.nn.Linear(2, 2)).save(os.path.join(HOSTILE, "torchscript.pt"))
    expect("torchscript.pt", "TorchScript")
    torch.save(torch.nn.Linear(2, 2), os.path.join(HOSTILE, "whole_module.pt"))
    expect("whole_module.pt", "uses 'torch.nn.modules.linear.Linear'")
    torch.save({"x": torch.zeros(2, dtype=torch.complex64)}, os.path.join(HOSTILE, "complex.pt"))
    expect("complex.pt", "torch.ComplexFloatStorage is not supported")
    torch.save({"x": torch.zeros(1).expand(1000)}, os.path.join(HOSTILE, "expanded.pt"))
    expect("expanded.pt", ".contiguous()")
    torch.save({"x": np.zeros(2)}, os.path.join(HOSTILE, "numpy_array.pt"))
    expect("numpy_array.pt", "uses 'numpy.core.multiarray._reconstruct'")
    torch.save({"x": np.datetime64(1, "s")}, os.path.join(HOSTILE, "numpy_date.pt"))
    expect("numpy_date.pt", "arguments of other kinds")
    torch.save({"a.b": torch.zeros(1), "a": {"b": torch.zeros(1)}}, os.path.join(HOSTILE, "same_name.pt"))
    expect("same_name.pt", "'a.b' occurs twice")
    torch.save({(1, 2): torch.zeros(1)}, os.path.join(HOSTILE, "tuple_key.pt"))
    expect("tuple_key.pt", "neither a string nor an integer")
    torch.save({"x": torch.zeros(1, 1, 1, 1, 1, 1, 1)}, os.path.join(HOSTILE, "seven_axes.pt"))
    expect("seven_axes.pt", "7 axes")


def save_numpy(file, array, version=None):
    with open(os.path.join(FILES, file), "wb") as f:
        if version:
            np.lib.format.write_array(f, array, version=version)
        else:
            np.save(f, array)
    note(file, file[:-4], np.ascontiguousarray(array.astype("<f4")).reshape(array.shape))


def numpy_files():
    values = np.array([-2.5, 0, 1, 3, 100, 0.1])
    for kind in ("f4", "f8", "f2", "i8", "i4", "i2", "i1", ">f4", ">f8", ">i2", ">i8", ">f2"):
        save_numpy(f"{kind.replace('>', 'big_')}.npy", values.astype(kind))
    for kind in ("u8", "u4", "u2", "u1", "b1"):
        save_numpy(f"{kind}.npy", values[1:].astype(kind))
    cube = formula(60, 2, 3, 4).numpy()
    save_numpy("c_order.npy", cube)
    save_numpy("fortran.npy", np.asfortranarray(cube))
    save_numpy("fortran_big.npy", np.asfortranarray(cube.astype(">f8")))
    save_numpy("fortran_vector.npy", np.asfortranarray(cube[0, 0]))
    save_numpy("scalar.npy", np.float32(2.5))
    save_numpy("empty.npy", np.zeros((0, 3), "f4"))
    save_numpy("version_2.npy", cube, version=(2, 0))
    save_numpy("version_3.npy", cube, version=(3, 0))
    arrays = {"first": cube, "second/deep": np.arange(5), "Größe": np.asfortranarray(cube[0]), "scalar": np.float32(1.5), "none": np.zeros((3, 0), "f4"), "zeros": np.zeros((40, 50), "f4")}
    np.savez(os.path.join(FILES, "stored.npz"), **arrays)
    np.savez_compressed(os.path.join(FILES, "compressed.npz"), **arrays)
    for file in ("stored.npz", "compressed.npz"):
        for name, array in arrays.items():
            note(file, name, np.ascontiguousarray(np.asarray(array).astype("f4")).reshape(np.shape(array)))
    np.savez(os.path.join(FILES, "floats.npz"), **{"a": cube, "b.weight": cube[0, 0], "c": np.float32(3), "d": np.zeros((0, 2), "f4"), "ö": cube[1]})
    for name, array in np.load(os.path.join(FILES, "floats.npz")).items():
        note("floats.npz", name, array)

    for file, array, text in (
            ("records.npy", np.zeros(3, [("x", "f4"), ("y", "i4")]), "records with named fields"), ("strings.npy", np.array(["ab", "c"]), "'<U2'"),
            ("complex.npy", np.zeros(2, "c8"), "'<c8'"), ("dates.npy", np.zeros(2, "M8[s]"), "'<M8[s]'"), ("bytes.npy", np.zeros(2, "V3"), "'|V3'"),
            ("objects.npy", np.array([Attack(), None]), "Python objects"), ("seven_axes.npy", np.zeros((1,) * 7, "f4"), "more than 6 axes")):
        np.save(os.path.join(HOSTILE, file), array, allow_pickle=True)
        expect(file, text)


class Attack:
    def __reduce__(self):
        return os.system, ("touch PWNED",)


expected = []


def expect(file, text):
    expected.append((file, text))


def hostile(file, data, text):
    with open(os.path.join(HOSTILE, file), "wb") as f:
        f.write(data)
    expect(file, text)


# --- pickles, opcode by opcode ---------------------------------------------------------------------------------------------------
def text(s):
    s = s.encode()
    return b"X" + struct.pack("<I", len(s)) + s


def number(n):
    return b"J" + struct.pack("<i", n) if -2 ** 31 <= n < 2 ** 31 else (lambda b: b"\x8a" + bytes([len(b)]) + b)(n.to_bytes(n.bit_length() // 8 + 1, "little", signed=True))


def tuple_(*items):
    return b"(" + b"".join(items) + b"t"


def storage(key="0", count=4, kind="FloatStorage"):
    return tuple_(text("storage"), f"ctorch\n{kind}\n".encode(), text(key), text("cpu"), number(count)) + b"Q"


def tensor(store=None, offset=0, size=(4,), stride=(1,), tail=b"\x89ccollections\nOrderedDict\n)R"):
    return b"ctorch._utils\n_rebuild_tensor_v2\n" + tuple_(store or storage(), number(offset), tuple_(*map(number, size)), tuple_(*map(number, stride)), tail) + b"R"


def archive(pickled, entries=None, folder="archive/", method=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name, data in {"data.pkl": b"\x80\x02" + pickled + b".", **(entries if entries is not None else {"data/0": bytes(16)}), "version": b"3\n"}.items():
            info = zipfile.ZipInfo(folder + name)
            info.compress_type = method
            z.writestr(info, data)
    return out.getvalue()


def pt(file, pickled, sentence, **options):
    hostile(file + ".pt", archive(pickled, **options), sentence)


def item(value, key="x"):
    return b"}" + text(key) + value + b"s"


def pickles():
    sound = archive(item(tensor()))
    with open(os.path.join(FILES, "by_hand.pt"), "wb") as f:
        f.write(sound)                                       # the attacks below differ from this one in one point each
    note("by_hand.pt", "x", torch.zeros(4))
    pt("os_system", pickle.dumps(Attack(), 2)[2:-1], "uses 'posix.system'")
    pt("os_system_in_dict", item(pickle.dumps(Attack(), 2)[2:-1]), "uses 'posix.system'")
    pt("eval", b"c__builtin__\neval\n" + text("1") + b"\x85R", "uses '__builtin__.eval'")
    pt("getattr_chain", b"c__builtin__\ngetattr\ncos\nsystem\n\x86R", "uses '__builtin__.getattr'")
    pt("torch_load", b"ctorch\nload\n" + text("x") + b"\x85R", "uses 'torch.load'")
    pt("legacy_load", b"ctorch.serialization\n_legacy_load\n)R", "uses 'torch.serialization._legacy_load'")
    pt("dotted_global", b"ctorch\n_utils._rebuild_tensor_v2\n", "uses 'torch._utils._rebuild_tensor_v2'")
    pt("call_in_hooks", item(tensor(tail=b"\x89cos\nsystem\n)R")), "uses 'os.system'")
    pt("instance", b"(ios\nsystem\n", "opcode 0x69")
    pt("object", b"(cos\nsystem\no", "uses 'os.system'")
    pt("object_opcode", b"(ccollections\nOrderedDict\no", "opcode 0x6F")
    pt("stack_global", text("os") + text("system") + b"\x93", "opcode 0x93")
    pt("extension", b"\x82\x01", "opcode 0x82")
    pt("string_opcode", b"S'x'\n", "opcode 0x53")
    pt("new_object", b"ctorch\nSize\n)\x81", "not an empty OrderedDict")
    pt("call_a_text", text("os.system") + b")R", "not a function")
    pt("call_a_storage_type", b"ctorch\nFloatStorage\n)R", "not a function")
    pt("call_without_tuple", b"ccollections\nOrderedDict\n]R", "arguments that are not a tuple")
    pt("call_with_others", b"ccollections\nOrderedDict\nK\x01\x85R", "arguments of other kinds")
    pt("tensor_of_text", b"ctorch._utils\n_rebuild_tensor_v2\n" + tuple_(text("x")) + b"R", "arguments of other kinds")
    # CVE-2026-24747: items set on something that is no dictionary, and storages that are not as long as they say.
    pt("cve_2026_24747_setitem_list", b"]" + text("a") + text("b") + b"s", "not a dictionary")
    pt("cve_2026_24747_setitem_tensor", tensor() + number(0) + number(1) + b"s", "not a dictionary")
    pt("cve_2026_24747_setitem_storage", storage() + number(0) + number(1) + b"s", "not a dictionary")
    pt("cve_2026_24747_setitems_type", b"ccollections\nOrderedDict\n(" + text("a") + text("b") + b"u", "not a dictionary")
    pt("cve_2026_24747_short_storage", item(tensor(storage(count=400), size=(400,))), "should hold 400 elements of F32, but its entry has 16 bytes")
    pt("cve_2026_24747_long_storage", item(tensor(storage(count=2))), "should hold 2 elements")
    pt("cve_2026_24747_two_sizes", b"]" + tensor() + b"a" + tensor(storage(count=2, kind="DoubleStorage"), size=(2,)) + b"a", "two types or sizes")
    # CVE-2025-32434: a file in an old format whose reader was not restricted.
    legacy = pickle.dumps(0x1950a86a20f9469cfc6c, 2) + pickle.dumps(1001, 2) + pickle.dumps({"little_endian": True}, 2) + pickle.dumps(Attack(), 2)
    hostile("cve_2025_32434_legacy.pt", legacy, "format before 1.6")
    hostile("cve_2025_32434_bare.pt", pickle.dumps(Attack(), 2), "bare pickle")
    hostile("bare_protocol_5.pt", pickle.dumps(Attack(), 5), "bare pickle")
    hostile("cve_2025_32434_tar.pt", tar(), "is probably not a tensor file")
    pt("cve_2025_32434_script", item(tensor()), "TorchScript", entries={"data/0": bytes(16), "constants.pkl": pickle.dumps(Attack(), 2)})
    pt("build_on_list", b"]}b", "not an OrderedDict")
    pt("build_on_tensor", tensor() + b"}b", "not an OrderedDict")
    pt("build_with_attack", b"}" + pickle.dumps(Attack(), 2)[2:-1] + b"b", "uses 'posix.system'")
    pt("build_on_numpy_type", item(b"cnumpy\ndtype\n" + tuple_(text("f8"), b"\x89", b"\x88") + b"R" + tuple_(number(3), text(">"), *[b"N"] * 3, *[number(0)] * 3) + b"b"), "not an OrderedDict")
    pt("numpy_scalar_short", item(b"cnumpy.core.multiarray\nscalar\n" + tuple_(b"cnumpy\ndtype\n" + tuple_(text("f8"), b"\x89", b"\x88") + b"R", b"c_codecs\nencode\n" + tuple_(text("abc"), text("latin1")) + b"R") + b"R"), "arguments of other kinds")
    pt("numpy_scalar_object", item(b"cnumpy.core.multiarray\nscalar\n" + tuple_(b"cnumpy\ndtype\n" + tuple_(text("O8"), b"\x89", b"\x88") + b"R", b"N") + b"R"), "arguments of other kinds")
    pt("encode_hex", item(b"c_codecs\nencode\n" + tuple_(text("abc"), text("hex")) + b"R"), "arguments of other kinds")
    pt("bytes_as_value", item(b"c_codecs\nencode\n" + tuple_(text("abc"), text("latin1")) + b"R"), "a storage, type or function where")
    pt("append_to_dict", b"}K\x01a", "not a list")
    pt("odd_items", b"}(K\x01u", "a key without a value")
    for name, options, sentence in (
            ("offset_outside", dict(offset=1), "reaches element 4 of a storage of 4"), ("offset_negative", dict(offset=-1), "begins at -1"),
            ("offset_huge", dict(offset=2 ** 63 - 1), "reaches element"), ("size_outside", dict(size=(5,)), "reaches element 4"), ("size_negative", dict(size=(-4,)), "the size -4"),
            ("size_huge", dict(size=(2 ** 40,)), "the size 1099511627776"), ("sizes_overflow", dict(size=(65536, 65536, 65536, 65536), stride=(0, 0, 0, 0)), "more than 2147483647"),
            ("stride_outside", dict(stride=(2,)), "reaches element 6"), ("stride_negative", dict(stride=(-1,), offset=3), "negative stride -1"),
            ("stride_overflow", dict(size=(2, 2), stride=(2 ** 62, 2 ** 62)), "reaches element 9223372036854775808"), ("stride_zero", dict(size=(2 ** 31 - 1,), stride=(0,)), "expanded view"),
            ("overlapping_windows", dict(size=(3, 2), stride=(1, 1)), "expanded view"), ("ranks_differ", dict(size=(2, 2)), "2 sizes and 1 strides"),
            ("empty_far_away", dict(size=(0,), offset=2 ** 40), "an empty tensor begins at"), ("many_axes", dict(size=(1,) * 40, stride=(1,) * 40), "40 axes")):
        pt("tensor_" + name, item(tensor(**options)), sentence)
    pt("tensor_size_text", b"ctorch._utils\n_rebuild_tensor_v2\n" + tuple_(storage(), number(0), tuple_(text("4")), tuple_(number(1)), b"\x89N") + b"R", "not an integer")
    pt("tensor_size_large_number", item(tensor(size=(2 ** 70,))), "not an integer")
    for name, key, sentence in (("missing", "7", "is not in the file"), ("path", "../../etc/passwd", "no name that PyTorch gives"), ("itself", "../data.pkl", "no name that PyTorch gives"), ("empty", "", "no name that PyTorch gives")):
        pt("storage_" + name, item(tensor(storage(key=key))), sentence)
    pt("storage_negative", item(tensor(storage(count=-1))), "should hold -1")
    pt("storage_huge", item(tensor(storage(count=2 ** 62))), "should hold 4611686018427387904")
    pt("storage_module", tuple_(text("module"), text("a"), text("b"), text("c")) + b"Q", "not a storage's")
    pt("storage_number", b"K\x01Q", "not a storage's")
    pt("storage_as_value", item(storage()), "a storage, type or function where a value is expected")
    pt("function_as_value", item(b"ccollections\nOrderedDict\n"), "a storage, type or function where a value is expected")
    pt("deep", b"]" * 50000 + b"a" * 49999, "nested more than")
    pt("deep_tuples", b")" + b"\x85" * 50000, "nested more than")
    pt("deep_dicts", b"".join(b"}" + text("k") for _ in range(3000)) + b"N" + b"s" * 3000, "nested more than")
    pt("laughs", b"]q\x00" + b"".join(b"](h" + bytes([i]) + b"h" + bytes([i]) + b"eq" + bytes([i + 1]) for i in range(60)) + item(b"h\x3c"), "one value")
    body = text("a") + b"q\x00" + b"".join(b"h" + bytes([i]) + b"h" + bytes([i]) + b"\x86q" + bytes([i + 1]) for i in range(60))
    pt("laughs_tuples", b"(" + body + b"t", "again and again")
    pt("cycle", b"]q\x00h\x00a", "nested more than")
    pt("cycle_fan", b"]q\x00(h\x00h\x00h\x00h\x00e", "nested more than")
    pt("cycle_dict", b"}q\x00" + text("a") + b"h\x00s", "nested more than")
    pt("text_huge", b"X\xff\xff\xff\xff", "cut off")
    pt("text_not_utf8", b"X\x01\x00\x00\x00\xff", "not UTF-8")
    pt("long_huge", b"\x8a\xff", "cut off")
    pt("memo_huge", b"Nr\xff\xff\xff\xffj\xfe\xff\xff\xff", "which it never wrote")
    pt("empty_stack", b"s", "empty stack")
    pt("below_mark", b"K\x01(\x85", "empty stack")
    pt("no_mark", b"t", "never set")
    pt("two_values", b"NN", "not end with exactly one value")
    pt("open_mark", b"N(", "not end with exactly one value")
    pt("nothing", b"", "not end with exactly one value")
    pt("protocol_0", b"\x80\x00N", "pickle protocol 0")
    pt("global_without_end", b"c" + b"a" * 1000, "a name without an end")
    pt("global_long", b"c" + b"a" * 1000 + b"\nx\n", "a name without an end")
    pt("long_names", b"}" + text("k" * 5000) + b"Ns", "longer than 4096")
    hostile("behind_stop.pt", archive(b"N.N"), "follow its end")
    hostile("no_stop.pt", archive(b"N").replace(b"N.", b"NN", 1), "")
    pt("compressed", item(tensor()), "is compressed", method=zipfile.ZIP_DEFLATED)
    pt("deep_folder", item(tensor()), "one in one folder", folder="a/b/")
    pt("two_pickles", item(tensor()), "2 entries data.pkl", entries={"data/0": bytes(16), "again/data.pkl": b"x"})
    pt("byteorder", item(tensor()), "neither little nor big", entries={"data/0": bytes(16), "byteorder": b"middle"})


def tar():
    import tarfile
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as t:
        for name, data in (("sys_info", pickle.dumps({}, 2)), ("pickle", pickle.dumps(Attack(), 2))):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


# --- zips, record by record ------------------------------------------------------------------------------------------------------
def npy(array=np.zeros(4, "f4")):
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def zipped(*entries, end=None, before=b"", after=b""):
    """Entries are dicts: name, data, method, and what local or central header say otherwise."""
    out, central = bytearray(before), b""
    for e in entries:
        data, name, method = e["data"], e.get("name", b"a.npy"), e.get("method", 0)
        packed = data if method == 0 else (lambda c: c.compress(data) + c.flush())(zlib.compressobj(9, zlib.DEFLATED, -15)) if method == 8 else data
        crc, at = e.get("crc", zlib.crc32(data)), e.get("at", len(out))
        size = e.get("size", len(data))
        common = struct.pack("<HHHHIIIHH", e.get("flags", 0), method, 0, 0x21, crc, e.get("packed", len(packed)), size, len(name), 0)
        if "at" not in e:
            local = e.get("local", name)
            out += struct.pack("<IH", 0x04034B50, 20) + struct.pack("<HHHHIIIHH", e.get("flags", 0), e.get("local_method", method), 0, 0x21, crc,
                                                                    e.get("local_packed", e.get("packed", len(packed))), e.get("local_size", size), len(local), 0) + local + packed
        central += struct.pack("<IHH", 0x02014B50, 20, 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, at) + name
    start = len(out)
    end = {**dict(disk=0, here=len(entries), count=len(entries), length=len(central), start=start, comment=0), **(end or {})}
    return bytes(out) + central + struct.pack("<IHHHHIIH", 0x06054B50, end["disk"], 0, end["here"], end["count"], end["length"], end["start"], end["comment"]) + after


def zips():
    a = dict(data=npy())

    def z(file, sentence, *entries, **options):
        hostile(f"zip_{file}.npz", zipped(*entries, **options), sentence)

    with open(os.path.join(FILES, "by_hand.npz"), "wb") as f:
        f.write(zipped(a))
    note("by_hand.npz", "a", torch.zeros(4))
    for name in (b"../../etc/passwd.npy", b"/etc/passwd.npy", b"..\\x.npy", b"a/../../b.npy", b"..", b"a\0b.npy"):
        z("name_" + "".join(c if c.isalnum() else "_" for c in name.decode()), "leads out of the zip", dict(a, name=name))
    z("name_empty", "a name of 0 bytes", dict(a, name=b""))
    z("name_not_utf8", "not UTF-8", dict(a, name=b"\xff.npy"))
    z("name_long", "a name of 5000 bytes", dict(a, name=b"a" * 5000))
    z("name_twice", "occurs twice", a, a)
    z("name_local", "has another name ('b.npy')", dict(a, local=b"b.npy"))
    z("method_local", "or compression in its local header", dict(a, local_method=8))
    z("method_99", "method 99", dict(a, method=99))
    z("encrypted", "is encrypted", dict(a, flags=1))
    z("size_local", "other sizes", dict(a, local_size=7))
    z("packed_local", "other sizes", dict(a, local_packed=7))
    z("stored_sizes", "cannot give", dict(a, size=len(a["data"]) + 1))
    z("bomb_claim", "cannot give", dict(a, method=8, size=4 * 10 ** 9))
    z("bomb_stored", "cannot give", dict(a, size=4 * 10 ** 9, packed=10))
    z("bomb_more_than_said", "holds more than", dict(data=npy() + bytes(1000), method=8, size=len(npy())))
    z("outside", "lies outside", dict(a, size=10 ** 6, packed=10 ** 6))
    z("overlap_same", "overlaps another", a, dict(a, name=b"b.npy", at=0))
    z("overlap_inside", "overlaps another", dict(data=npy() + zipped(dict(a, name=b"b.npy")), name=b"a.npy"), dict(a, name=b"b.npy", at=35 + len(npy())))
    z("no_local", "does not begin where", dict(data=b"", at=0), before=b"PK\5\6" + bytes(30))
    z("crc", "has the checksum", dict(a, crc=1))
    z("crc_deflated", "has the checksum", dict(a, crc=1, method=8))
    z("disk", "several disks", a, end=dict(disk=1))
    z("comment", "comment", a, end=dict(comment=2), after=b"hi")
    z("behind", "does not end with", a, after=b"MZ")
    z("count_less", "follow the last entry", a, dict(a, name=b"b.npy"), end=dict(count=1, here=1))
    z("count_more", "cannot hold", a, end=dict(count=60000, here=60000))
    z("count_differs", "entries of", a, end=dict(count=2))
    z("directory_outside", "should end at", a, end=dict(start=10 ** 9))
    z("directory_short", "should end at", a, end=dict(length=10))
    hostile("zip_polyglot.npz", b"PK\3\4" + zipped(a), "")
    hostile("zip_in_front.npz", b"MZ" + zipped(a), "is probably not a tensor file")
    hostile("zip_empty_pickle.npz", zipped(dict(a, name=b"x.pkl")), "0 entries data.pkl")
    hostile("zip_other.npz", zipped(dict(a, name=b"readme.txt")), "neither PyTorch's")
    hostile("zip_cut.npz", zipped(a)[:100], "does not end with")
    deflated = bytearray(zipped(dict(a, method=8)))
    deflated[36] ^= 0xFF
    hostile("zip_deflate_broken.npz", bytes(deflated), "")
    end64 = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, 2 ** 63, 2 ** 63, 2 ** 63, 2 ** 63)
    hostile("zip_64_huge.npz", zipped(a)[:-22] + end64 + struct.pack("<IIQI", 0x07064B50, 0, len(zipped(a)) - 22, 1) + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 65535, 65535, 2 ** 32 - 1, 2 ** 32 - 1, 0),
            "claims more than the file holds")
    hostile("zip_64_lost.npz", zipped(a)[:-22] + end64 + struct.pack("<IIQI", 0x07064B50, 0, 2 ** 62, 1) + zipped(a)[-22:], "not where it should be")
    z("not_npy", "magic bytes", dict(data=b"hello, this is no array"))
    z("npy_broken", "needs", dict(data=npy()[:-1]))


def raw_npy(header, data=bytes(16), version=(1, 0), length=None):
    header = header.encode("latin1")
    return b"\x93NUMPY" + bytes(version) + struct.pack("<H" if version == (1, 0) else "<I", len(header) if length is None else length) + header + data


def npys():
    def n(file, sentence, header="{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }", **options):
        hostile(f"npy_{file}.npy", raw_npy(header, **options), sentence)

    n("huge_header", "claims 4294967295 bytes", version=(2, 0), length=2 ** 32 - 1)
    n("long_header", "claims 60000 bytes", length=60000)
    n("header_outside", "claims 9000 bytes, but only", length=9000)
    n("version_9", "version 9.0", version=(9, 0))
    n("short", "needs 16 bytes, but 15", data=bytes(15))
    n("behind", "needs 16 bytes, but 17", data=bytes(17))
    for name, shape, sentence in (
            ("overflow", "(65536, 65536, 65536, 65536)", "more than 2147483647"), ("overflow_64", "(4611686018427387904, 4)", "more than 2147483647"), ("beyond", "(99999999999999999999,)", "not a tuple"),
            ("negative", "(-4,)", "not a tuple"), ("float", "(4.0,)", "not a tuple"), ("text", "('4',)", "not a tuple"), ("number", "4", "no '('"), ("brackets", "(4)", "not a tuple"),
            ("list", "[4]", "no '('"), ("nested", "(" * 4000, "not a tuple"), ("code", "(__import__('os').system('touch PWNED'),)", "not a tuple"), ("zero_overflow", "(2147483647, 2147483647, 0)", "more than")):
        n("shape_" + name, sentence, f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}")
    for name, descr, sentence in (
            ("object", "'|O'", "Python objects"), ("records", "[('x', '<f4')]", "named fields"), ("code", "__import__('os').system('touch PWNED')", "no text in quotes"), ("f3", "'<f3'", "'<f3'"), ("f16", "'<f16'", "'<f16'"),
            ("no_order", "'|f4'", "the byte order"), ("no_prefix", "'f4'", "'f4'"), ("empty", "''", "''"), ("open", "'<f4", "'<f4, '")):
        n("descr_" + name, sentence, f"{{'descr': {descr}, 'fortran_order': False, 'shape': (4,), }}")
    n("order", "neither True nor False", "{'descr': '<f4', 'fortran_order': 1, 'shape': (4,), }")
    n("no_shape", "lacks", "{'descr': '<f4', 'fortran_order': False, }")
    n("shape_twice", "repeated key 'shape'", "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), 'shape': (4,), }")
    n("more", "repeated key 'x'", "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), 'x': 1, }")
    n("text_behind", "there is text after", "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), } or 1")
    n("no_dict", "no '{'", "'<f4'")
    hostile("hdf5.h5", b"\x89HDF\r\n\x1a\n" + bytes(64), "HDF5")


if __name__ == "__main__":
    for folder in (FILES, HOSTILE):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
    torch_files()
    numpy_files()
    pickles()
    zips()
    npys()
    write("files.safetensors", truth, "The tensors of the files in files/, as float32, by 'file/tensor'.")
    os.replace(os.path.join(HERE, "files.safetensors"), os.path.join(FILES, "files.safetensors"))
    with open(os.path.join(HOSTILE, "expected.tsv"), "w", encoding="utf-8") as f:
        f.writelines(f"{file}\t{sentence}\n" for file, sentence in sorted(expected))
    print(f"{len(os.listdir(FILES))} files, {len(expected)} hostile ones")
