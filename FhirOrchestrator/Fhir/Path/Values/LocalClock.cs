namespace FhirOrchestrator.Fhir.Path.Values;

/// <summary>
/// The clock on the wall where an expression is evaluated: a zone with its seasons, or an offset that always holds.
/// </summary>
/// <param name="Zone">The zone; null where only an offset is known.</param>
/// <param name="Offset">The offset where there is no zone.</param>
internal readonly record struct LocalClock(TimeZoneInfo? Zone, TimeSpan Offset)
{
    /// <summary>A clock of one offset.</summary>
    public static implicit operator LocalClock(TimeSpan offset) => new(null, offset);

    /// <summary>The offset at an instant, given as ticks of UTC.</summary>
    public TimeSpan OffsetAt(long utcTicks) =>
        Zone is null || utcTicks < DateTime.MinValue.Ticks || utcTicks > DateTime.MaxValue.Ticks
            ? Offset
            : Zone.GetUtcOffset(new DateTime(utcTicks, DateTimeKind.Utc));
}
