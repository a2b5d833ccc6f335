using System.Globalization;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Plans;

/// <summary>Reads the lengths of time in a definition (R4, Duration: UCUM units of fixed length).</summary>
internal static class Clocks
{
    /// <summary>The longest clock; a longer one is a mistake in the unit.</summary>
    public static readonly TimeSpan LengthMax = TimeSpan.FromDays(400);

    /// <summary>The length; null, and a problem reported, where it is none that can be counted.</summary>
    public static TimeSpan? Read(Placed? duration, string file, ProblemList problems)
    {
        if (duration is not { } given || given.Node["value"] is not NumberNode number)
        {
            return null;
        }

        TimeSpan? unit = given.Text("code") switch
        {
            "s" => TimeSpan.FromSeconds(1),
            "min" => TimeSpan.FromMinutes(1),
            "h" => TimeSpan.FromHours(1),
            "d" => TimeSpan.FromDays(1),
            "wk" => TimeSpan.FromDays(7),
            _ => null,
        };
        if (unit is null
            || !decimal.TryParse(number.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
        {
            return null;
        }

        // Compared as numbers first, because a TimeSpan cannot hold every decimal.
        if (value <= 0 || value > (decimal)(LengthMax / unit.Value))
        {
            problems.Add(
                file, $"{given.Path}.value",
                $"expected more than 0 and at most {LengthMax.Days} days, got {number.Text} {given.Text("code")}");
            return null;
        }

        return unit.Value * (double)value;
    }
}
