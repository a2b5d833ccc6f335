using FhirOrchestrator.Fhir.Path.Ast;
using FhirOrchestrator.Fhir.Path.Values;

namespace FhirOrchestrator.Fhir.Path.Functions;

/// <summary>
/// <c>yearOf</c> to <c>millisecondOf</c>, <c>timezoneOffsetOf</c>, <c>dateOf</c>, <c>timeOf</c>: the parts of a date,
/// dateTime or time (FHIRPath 3.0, Extract components, draft). A part that the value does not have is empty.
/// </summary>
internal static class ComponentFunctions
{
    public static ImmutableArray<FunctionEntry> All { get; } =
    [
        Part("yearOf", TemporalPrecision.Year, at => at.Year),
        Part("monthOf", TemporalPrecision.Month, at => at.Month),
        Part("dayOf", TemporalPrecision.Day, at => at.Day),
        Part("hourOf", TemporalPrecision.Hour, at => at.Hour),
        Part("minuteOf", TemporalPrecision.Minute, at => at.Minute),
        Part("secondOf", TemporalPrecision.Second, at => at.Second),
        Part("millisecondOf", TemporalPrecision.Fraction, at => at.Millisecond),
        new("timezoneOffsetOf", 0, 0, (call, _, input) => MomentOf(call, input) is { OffsetMinutes: { } minutes }
            ? new Sequence(new DecimalItem((minutes / 60m) + 0.0m))
            : default),
        new("dateOf", 0, 0, (call, _, input) => MomentOf(call, input) is { Kind: not TemporalKind.Time } moment
            ? new Sequence(new TemporalItem(moment.As(TemporalKind.Date)))
            : default),
        new("timeOf", 0, 0, (call, _, input) =>
            MomentOf(call, input) is { Kind: TemporalKind.DateTime, Precision: > TemporalPrecision.Day } moment
                ? new Sequence(new TemporalItem(new Temporal(
                    TemporalKind.Time, moment.Ticks % TimeSpan.TicksPerDay, moment.Precision, null,
                    moment.FractionDigits)))
                : default),
    ];

    private static Temporal? MomentOf(CallExpr call, Sequence input) =>
        call.ValueInput(input) is TemporalItem item ? item.Moment : null;

    private static FunctionEntry Part(string name, TemporalPrecision needed, Func<DateTime, int> part) =>
        new(name, 0, 0, (call, _, input) =>
            MomentOf(call, input) is { } moment && moment.Precision >= needed
            && (moment.Kind != TemporalKind.Time || needed > TemporalPrecision.Day)
                ? Sequence.Of(part(new DateTime(moment.Ticks, DateTimeKind.Unspecified)))
                : default);
}
