using TinyJepa.Optim;

namespace TinyJepa.Tests.Optim;

public sealed class ScheduleTests
{
    [Fact]
    public void Rate_WarmsUp_ThenFollowsHalfACosine()
    {
        var schedule = new Schedule { Peak = 2f, Steps = 100, WarmUp = 10, Floor = 0.5f };
        for (var step = 0; step < 100; step++)
        {
            var expected = step < 10 ? 2.0 * (step + 1) / 10 : 0.5 + 0.5 * 1.5 * (1 + Math.Cos(Math.PI * (step - 10) / 90.0));
            Assert.True(Math.Abs(expected - schedule.At(step)) <= 6 * Expect.Unit * 2, $"step {step}: {expected:R} expected, {schedule.At(step):R} came.");
        }
    }

    [Fact]
    public void Rate_IsThePeak_AtTheEndOfTheWarmUp_AndTheFloorAfterTheEnd()
    {
        var schedule = new Schedule { Peak = 2f, Steps = 100, WarmUp = 10, Floor = 0.5f };
        Assert.Equal(2f, schedule.At(9));
        Assert.Equal(2f, schedule.At(10));
        Assert.Equal(0.5f, schedule.At(100));
        Assert.Equal(0.5f, schedule.At(long.MaxValue));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(30)]
    public void Rate_IsFinite_WhenTheWarmUpIsAllThereIs(long warmUp)
    {
        var schedule = new Schedule { Peak = 1f, Steps = 10, WarmUp = warmUp };
        for (var step = 0L; step < 40; step++) Assert.InRange(schedule.At(step), 0f, 1f);
    }
}
