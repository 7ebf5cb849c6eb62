using TinyJepa.Kernels;

namespace TinyJepa.Tests;

public sealed unsafe class ScratchTests
{
    [Fact]
    public void Blocks_AreAligned_AndNeverShared()
    {
        var random = new Random(5);
        var rented = new List<(nint Block, int Floats)>();
        for (var round = 0; round < 3000; round++)
        {
            if (rented.Count < 12 && random.Next(2) == 0)
            {
                var floats = random.Next(1 << random.Next(1, 16));
                var block = Scratch.Rent(floats);
                Assert.True(block != null);
                Assert.Equal(0, (nint)block % 64);
                foreach (var (other, length) in rented)
                    Assert.False(block < (float*)other + length && (float*)other < block + floats, $"The block of {floats} floats overlaps one of {length}.");
                new Span<float>(block, floats).Fill(round);
                rented.Add(((nint)block, floats));
            }
            else if (rented.Count > 0)
            {
                var at = random.Next(rented.Count);
                var (block, floats) = rented[at];
                Assert.False(floats > 0 && new ReadOnlySpan<float>((float*)block, floats).ContainsAnyExcept(*(float*)block), "Somebody else wrote into a rented block.");
                Scratch.Return((float*)block);
                rented.RemoveAt(at);
            }
        }

        foreach (var (block, floats) in rented) Scratch.Return((float*)block);
    }
}
