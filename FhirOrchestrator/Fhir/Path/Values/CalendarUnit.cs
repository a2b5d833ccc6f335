namespace FhirOrchestrator.Fhir.Path.Values;

/// <summary>The units of time that dates and times are moved by (FHIRPath N1, 2.1.6.4).</summary>
internal enum CalendarUnit
{
    Year,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
}

/// <summary>The words and codes of calendar units.</summary>
internal static class CalendarUnits
{
    /// <summary>A keyword, singular or plural: <c>day</c>, <c>days</c>; null for any other word.</summary>
    public static CalendarUnit? FromWord(string word) => word switch
    {
        "year" or "years" => CalendarUnit.Year,
        "month" or "months" => CalendarUnit.Month,
        "week" or "weeks" => CalendarUnit.Week,
        "day" or "days" => CalendarUnit.Day,
        "hour" or "hours" => CalendarUnit.Hour,
        "minute" or "minutes" => CalendarUnit.Minute,
        "second" or "seconds" => CalendarUnit.Second,
        "millisecond" or "milliseconds" => CalendarUnit.Millisecond,
        _ => null,
    };

    /// <summary>
    /// The unit that a date may be moved by: a keyword, or a UCUM code of a definite duration. UCUM's year and month
    /// are averages, not calendar units, so they are none here.
    /// </summary>
    public static CalendarUnit? FromUnit(string unit) => unit switch
    {
        "wk" => CalendarUnit.Week,
        "d" => CalendarUnit.Day,
        "h" => CalendarUnit.Hour,
        "min" => CalendarUnit.Minute,
        "s" => CalendarUnit.Second,
        "ms" => CalendarUnit.Millisecond,
        _ => FromWord(unit),
    };

    /// <summary>
    /// The keyword that a UCUM code stands for in a FHIR Quantity (R4, FHIRPath, "Quantity": a FHIR Quantity in
    /// <c>a</c>, <c>mo</c>, <c>d</c>, <c>h</c>, <c>min</c>, <c>s</c> is a calendar duration); other codes stay.
    /// </summary>
    public static string FromFhirCode(string code) => code switch
    {
        "a" => "year",
        "mo" => "month",
        "d" => "day",
        "h" => "hour",
        "min" => "minute",
        "s" => "second",
        _ => code,
    };

    /// <summary>The singular keyword.</summary>
    public static string Word(CalendarUnit unit) => unit switch
    {
        CalendarUnit.Year => "year",
        CalendarUnit.Month => "month",
        CalendarUnit.Week => "week",
        CalendarUnit.Day => "day",
        CalendarUnit.Hour => "hour",
        CalendarUnit.Minute => "minute",
        CalendarUnit.Second => "second",
        CalendarUnit.Millisecond => "millisecond",
    };
}
