using System.Globalization;
using System.Text.Json;

namespace FhirOrchestrator.Tests.Rest.Judge;

/// <summary>
/// All resources of a server as plain JSON, and the plainest code that counts them: nothing of the product is used, so
/// that what both sides get wrong alike stays small.
/// </summary>
internal sealed class NaiveChart(IEnumerable<JsonElement> resources)
{
    private readonly ILookup<string, JsonElement> _byType =
        resources.ToLookup(each => each.GetProperty("resourceType").GetString()!);

    public IEnumerable<JsonElement> All(string type) => _byType[type];

    public int Count(string type, Func<JsonElement, bool> matches) => All(type).Count(matches);

    /// <summary>The values at a path; arrays are walked through.</summary>
    public static IEnumerable<JsonElement> At(JsonElement from, string path)
    {
        IEnumerable<JsonElement> found = [from];
        foreach (var name in path.Split('.'))
        {
            found = found.SelectMany(each => each.ValueKind == JsonValueKind.Object
                && each.TryGetProperty(name, out var value)
                ? value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : new[] { value }.AsEnumerable()
                : []);
        }

        return found;
    }

    public static IEnumerable<string> Texts(JsonElement from, string path) =>
        At(from, path).Select(each => each.ValueKind == JsonValueKind.String ? each.GetString()! : each.GetRawText());

    /// <summary>True where a coding at the path has system and code.</summary>
    public static bool HasCoding(JsonElement from, string path, string? system, string code) =>
        At(from, path).Any(each => Texts(each, "code").Contains(code)
            && (system is null || Texts(each, "system").Contains(system)));

    /// <summary>The span that a date stands for, in ticks.</summary>
    public static (long Low, long High) Span(string text)
    {
        if (text.Length <= 10)
        {
            var low = DateTime.ParseExact(
                text + "0000-01-01"[text.Length..], "yyyy-MM-dd", CultureInfo.InvariantCulture);
            var high = text.Length switch { 4 => low.AddYears(1), 7 => low.AddMonths(1), _ => low.AddDays(1) };
            return (low.Ticks, high.Ticks);
        }

        var at = DateTimeOffset.Parse(text, CultureInfo.InvariantCulture).UtcTicks;
        var hasFraction = text.Contains('.', StringComparison.Ordinal);
        return (at, at + (hasFraction ? TimeSpan.TicksPerMillisecond : TimeSpan.TicksPerSecond));
    }

    /// <summary>The span of a Period or a date.</summary>
    public static (long Low, long High) Span(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? Span(value.GetString()!)
        : (value.TryGetProperty("start", out var start) ? Span(start.GetString()!).Low : long.MinValue,
            value.TryGetProperty("end", out var end) ? Span(end.GetString()!).High : long.MaxValue);

    /// <summary>R4's table of prefixes, for dates.</summary>
    public static bool IsDate(string prefix, (long Low, long High) has, (long Low, long High) asked)
    {
        var isWithin = has.Low >= asked.Low && has.High <= asked.High;
        return prefix switch
        {
            "eq" or "" => isWithin,
            "ne" => !isWithin,
            "gt" => has.High > asked.High,
            "lt" => has.Low < asked.Low,
            "ge" => has.High > asked.High || isWithin,
            "le" => has.Low < asked.Low || isWithin,
            "sa" => has.Low >= asked.High,
            "eb" => has.High <= asked.Low,
            _ => throw new ArgumentException(prefix, nameof(prefix)),
        };
    }

    /// <summary>R4's table of prefixes, for numbers: only eq and ne look at the digits given.</summary>
    public static bool IsNumber(string prefix, decimal has, string asked)
    {
        var value = decimal.Parse(asked, CultureInfo.InvariantCulture);
        var digits = asked.Contains('.', StringComparison.Ordinal) ? asked.Length - asked.IndexOf('.') - 1 : 0;
        var half = 0.5m;
        for (var at = 0; at < digits; at++)
        {
            half /= 10;
        }

        var isWithin = has >= value - half && has < value + half;
        return prefix switch
        {
            "eq" or "" => isWithin,
            "ne" => !isWithin,
            "gt" or "sa" => has > value,
            "lt" or "eb" => has < value,
            "ge" => has >= value,
            "le" => has <= value,
            "ap" => Math.Abs(has - value) <= Math.Abs(value) / 10,
            _ => throw new ArgumentException(prefix, nameof(prefix)),
        };
    }

    /// <summary>True where the resource's reference at the path is the one given.</summary>
    public static bool RefersTo(JsonElement from, string path, JsonElement target) =>
        Texts(from, path + ".reference").Contains(
            $"{target.GetProperty("resourceType").GetString()}/{target.GetProperty("id").GetString()}");

    public IEnumerable<JsonElement> Targets(JsonElement from, string path, string type)
    {
        var references = Texts(from, path + ".reference").ToHashSet();
        return All(type).Where(each => references.Contains($"{type}/{each.GetProperty("id").GetString()}"));
    }
}
