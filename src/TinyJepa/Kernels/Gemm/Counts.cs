namespace TinyJepa.Kernels;

/// <summary>An integer as a type: a constant for the JIT.</summary>
interface ICount
{
    static abstract int Value { get; }
}

readonly struct N1 : ICount { public static int Value => 1; }

readonly struct N2 : ICount { public static int Value => 2; }

readonly struct N3 : ICount { public static int Value => 3; }

readonly struct N4 : ICount { public static int Value => 4; }

readonly struct N5 : ICount { public static int Value => 5; }

readonly struct N6 : ICount { public static int Value => 6; }

readonly struct N7 : ICount { public static int Value => 7; }

readonly struct N8 : ICount { public static int Value => 8; }

readonly struct N9 : ICount { public static int Value => 9; }

readonly struct N10 : ICount { public static int Value => 10; }

readonly struct N11 : ICount { public static int Value => 11; }

readonly struct N12 : ICount { public static int Value => 12; }

readonly struct N13 : ICount { public static int Value => 13; }

readonly struct N14 : ICount { public static int Value => 14; }
