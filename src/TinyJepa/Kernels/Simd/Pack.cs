using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>Packs at the ragged end of a row: missing lanes are filled on reading and left alone on writing.</summary>
static unsafe class Pack
{
    /// <summary>Reads <paramref name="count"/> &lt; 16 floats; the other lanes hold <paramref name="fill"/>.</summary>
    [MethodImpl(Kernel.Inline)]
    internal static V Load<V>(float* source, int count, float fill = 0f) where V : struct, ILanes<V> => V.LoadPart(source, count, fill);

    /// <summary>Writes the first <paramref name="count"/> &lt; 16 lanes.</summary>
    [MethodImpl(Kernel.Inline)]
    internal static void Store<V>(V value, float* target, int count) where V : struct, ILanes<V> => V.StorePart(value, target, count);

    /// <summary>The same for realisations without masked reads.</summary>
    [MethodImpl(Kernel.Inline)]
    internal static V LoadSlowly<V>(float* source, int count, float fill) where V : struct, ILanes<V>
    {
        Unsafe.SkipInit(out LanesScalar buffer);                  // not stackalloc: that would forbid inlining
        var lanes = (float*)&buffer;
        for (var i = 0; i < ILanes<V>.Count; i++) lanes[i] = i < count ? source[i] : fill;
        return V.Load(lanes);
    }

    /// <summary>The same for realisations without masked writes.</summary>
    [MethodImpl(Kernel.Inline)]
    internal static void StoreSlowly<V>(V value, float* target, int count) where V : struct, ILanes<V>
    {
        Unsafe.SkipInit(out LanesScalar buffer);
        var lanes = (float*)&buffer;
        V.Store(value, lanes);
        for (var i = 0; i < count; i++) target[i] = lanes[i];
    }
}
