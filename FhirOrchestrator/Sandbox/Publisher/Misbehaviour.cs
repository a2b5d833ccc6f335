namespace FhirOrchestrator.Sandbox.Publisher;

/// <summary>How the publisher errs on purpose, as real ones do: loss, duplication and disorder are all legal.</summary>
internal sealed record Misbehaviour
{
    /// <summary>A publisher that does its best.</summary>
    public static readonly Misbehaviour None = new();

    /// <summary>How many of a hundred event notifications are never sent, 0 to 100. They keep their number.</summary>
    public int DropPercent { get; init; }

    /// <summary>Every event notification is sent twice.</summary>
    public bool Duplicates { get; init; }

    /// <summary>
    /// How many of a hundred event notifications are held back so that later ones overtake them, 0 to 100.
    /// </summary>
    public int ReorderPercent { get; init; }

    /// <summary>The longest hold, in milliseconds; 1 to 60,000, default 2,000.</summary>
    public int HoldMillisecondsMax { get; init; } = 2_000;

    /// <summary>The same seed misbehaves the same way with the same event numbers.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>What is wrong with the values; null for nothing.</summary>
    public string? Problem =>
        DropPercent is < 0 or > 100 ? $"expected dropPercent from 0 to 100, got {DropPercent}"
        : ReorderPercent is < 0 or > 100 ? $"expected reorderPercent from 0 to 100, got {ReorderPercent}"
        : HoldMillisecondsMax is < 1 or > 60_000
            ? $"expected holdMillisecondsMax from 1 to 60000, got {HoldMillisecondsMax}"
        : null;

    /// <summary>
    /// What happens to one event. Drawn from seed, Subscription order and number alone, so that a publisher that is
    /// killed and started again does not change its mind.
    /// </summary>
    public Mischief Decide(long eventNumber)
    {
        var random = new Random(unchecked((int)Mix(((ulong)(uint)Seed << 32) ^ (ulong)eventNumber)));
        var isDropped = random.Next(100) < DropPercent;
        var isHeld = random.Next(100) < ReorderPercent;
        var hold = TimeSpan.FromMilliseconds(1 + random.Next(HoldMillisecondsMax));
        return isDropped
            ? new Mischief(0, TimeSpan.Zero)
            : new Mischief(Duplicates ? 2 : 1, isHeld ? hold : TimeSpan.Zero);
    }

    // SplitMix64: neighbouring numbers must not draw neighbouring values.
    private static ulong Mix(ulong value)
    {
        unchecked
        {
            value += 0x9E3779B97F4A7C15UL;
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
            return value ^ (value >> 31);
        }
    }
}

/// <summary>What happens to one event notification.</summary>
/// <param name="Copies">How often it is sent: 0 is dropped.</param>
/// <param name="Hold">How long the first copy is held back.</param>
internal sealed record Mischief(int Copies, TimeSpan Hold);
