using System.Runtime.InteropServices;
using System.Security.Cryptography;
using TinyJepa.Samples.DvdLogo;

namespace TinyJepa.Tests.Samples;

/// <summary>The hashes are those of a NumPy 1.24 program of the same world: float32 positions, float64 rendering, float32 frames.</summary>
public sealed class DvdWorldTests
{
    [Fact]
    public void MakeSequences_GivesThePublishedPositions()
    {
        var clips = DvdWorld.MakeSequences();

        Assert.Equal((400, 64), (clips.Count, clips.Length));
        Assert.Equal(new Position(7.286948f, 10.617083f), clips.Position(0, 0));
        Assert.Equal(new Position(6.536948f, 11.367083f), clips.Position(0, 1));
        Assert.Equal(new Position(5.786948f, 12.117083f), clips.Position(0, 2));
        Assert.Equal(new Position(5.036948f, 12.867083f), clips.Position(0, 3));
        Assert.Equal(new Position(14, 4), clips.Position(0, 63));

        var sum = Positions(clips).ToArray().Sum(p => (double)p.Y + p.X);
        Assert.Equal(384821.01581621, sum, 8);
    }

    [Theory]
    [InlineData(0, "27afb38c2dcff3a042781f3db2abe3c217b9a9c772cdb12931c39756c0db81b3",
                   "0935e8da62602c3c954f21e0166de3b90a0e6a970d1b14833f5e5e5793f79fdc")]
    [InlineData(1, "e761059abc43e8a55b5ed14f9bde786bf4d4f86f16be2db5ef1d49010cd9a0e5",
                   "ba275da569d777d0078a52be1accab3cce09106fe05fd8ff1bb534ae95862e73")]
    [InlineData(2, "1e35886c15496cc65e998592ad870281e447c2b19dd5c9687fac999f6013a957",
                   "1410d75e083811df3b22c4adba19e4644b99d4aad824698062b9f63cb84b5b2a")]
    public void MakeSequences_EqualsNumPyInEveryBit(uint seed, string positions, string frames)
    {
        var clips = DvdWorld.MakeSequences(seed: seed);

        Assert.Equal(positions, Hash(MemoryMarshal.AsBytes(Positions(clips))));
        Assert.Equal(frames, Hash(MemoryMarshal.AsBytes(clips.Frames)));
    }

    [Fact]
    public void RollOne_EqualsNumPyInEveryBit_OverTwoHundredTeleports()
    {
        using var positions = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var frames = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var seed = 1000u; seed < 1200; seed++)
        {
            var clip = DvdWorld.RollOne(seed: seed, teleportAt: (int)(seed % 44));
            positions.AppendData(MemoryMarshal.AsBytes(Positions(clip)));
            frames.AppendData(MemoryMarshal.AsBytes(clip.Frames));
        }

        Assert.Equal("1ed97854b0e601bbe27020bcd5ab8d98d6d132feeaefef7528d8d72897e18882",
            Convert.ToHexStringLower(positions.GetHashAndReset()));
        Assert.Equal("8bc6537f41c99d9b74a9a181b5fbc23658539acc6f18542f1141fbeec871a1ba",
            Convert.ToHexStringLower(frames.GetHashAndReset()));
    }

    [Fact]
    public void RollOne_GivesThePublishedForecastClip()
    {
        var clip = DvdWorld.RollOne(seed: 7);

        Assert.Equal(44, clip.Length);
        Assert.Equal(new Position(4.4367743f, 10.769269f), clip.Position(0, 0));
        Assert.Equal(new Position(10, 12.5f), clip.Position(0, 43));
        Assert.Equal(592.93152501, clip.Frames.ToArray().Sum(p => (double)p), 8);
    }

    [Fact]
    public void RollOne_GivesThePublishedAnomalyClip_WhenTeleported()
    {
        var clip = DvdWorld.RollOne(seed: 3, teleportAt: 24);

        Assert.Equal(new Position(10.75f, 9.25f), clip.Position(0, 22));
        Assert.Equal(new Position(11.5f, 10), clip.Position(0, 23));
        Assert.Equal(new Position(8.347448f, 11.786523f), clip.Position(0, 24));
        Assert.Equal(new Position(9.097448f, 12.536523f), clip.Position(0, 25));
    }

    [Fact]
    public void World_ShowsTheClipOfItsSeed_WhenSteppedByHand()
    {
        var clip = DvdWorld.RollOne(length: 30, seed: 11, teleportAt: 9);
        var world = new DvdWorld(new NumPyRandom(11));
        var frame = new float[LogoFrame.Length];
        for (var t = 0; t < 30; t++)
        {
            if (t == 9) world.Teleport();
            world.Step();
            world.Render(frame);

            Assert.Equal(clip.Position(0, t), world.Position);
            Assert.Equal(clip.Frame(0, t).ToArray(), frame);
        }

        world.Reset();
        Assert.InRange(world.Position.Y, 3, 12);
        Assert.InRange(world.Position.X, 3, 12);
    }

    [Fact]
    public void Step_CutsTheOvershootAndTurns_AtAWall()
    {
        var world = new DvdWorld(new NumPyRandom(0));
        var (before, now) = (world.Position, world.Step());
        for (var i = 0; i < 1000; i++)
        {
            var after = world.Step();
            if (now.Y is 1 or 14) Assert.Equal(now.Y == 1 ? 1.75f : 13.25f, after.Y);
            else if (after.Y is not (1 or 14)) Assert.Equal(now.Y - before.Y, after.Y - now.Y, 3e-6f);
            (before, now) = (now, after);
        }
    }

    [Fact]
    public void Observation_IsTwoNeighbouringFrames_WithoutACopy()
    {
        var clips = DvdWorld.MakeSequences(count: 3, length: 5);
        var observation = clips.Observation(1, 2);

        Assert.Equal(512, observation.Length);
        Assert.True(observation[..256].SequenceEqual(clips.Frame(1, 2)));
        Assert.True(observation[256..].SequenceEqual(clips.Frame(1, 3)));
        Assert.True(MemoryMarshal.CreateReadOnlySpan(in observation[0], 512).Overlaps(clips.Frames, out var offset) && offset == -(5 + 2) * 256);
        Assert.Equal(clips.Position(1, 3), clips.Label(1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => clips.Observation(1, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => clips.Observation(3, 0));
    }

    [Fact]
    public void Pair_RunsThroughAllClipsBeforeTheNextTime()
    {
        var clips = DvdWorld.MakeSequences();

        Assert.Equal(24_800, clips.PairCount);
        Assert.Equal((0, 0), clips.Pair(0));
        Assert.Equal((399, 0), clips.Pair(399));
        Assert.Equal((0, 1), clips.Pair(400));
        Assert.Equal((399, 61), clips.Pair(24_799));
        Assert.Throws<ArgumentOutOfRangeException>(() => clips.Pair(24_800));
        Assert.Throws<ArgumentOutOfRangeException>(() => clips.Pair(-1));
    }

    static ReadOnlySpan<Position> Positions(DvdSequences clips)
    {
        var all = new Position[clips.Count * clips.Length];
        for (var i = 0; i < all.Length; i++) all[i] = clips.Position(i / clips.Length, i % clips.Length);
        return all;
    }

    static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
