using System.Globalization;
using System.Xml;
using FhirOrchestrator.Fhir;

namespace FhirOrchestrator.Settings;

/// <summary>Reads single values and gathers what is wrong with them, so that one start names every mistake.</summary>
internal sealed class ValueReader(IConfigurationRoot configuration)
{
    private readonly ImmutableArray<SettingProblem>.Builder problems = ImmutableArray.CreateBuilder<SettingProblem>();

    public ImmutableArray<SettingProblem> Problems => problems.ToImmutable();

    /// <summary>The value as it stands, without blanks around it; null where there is none.</summary>
    public string? Text(string key)
    {
        var value = configuration[key]?.Trim();
        return string.IsNullOrEmpty(value) ? null : value;
    }

    /// <summary>The value; where it is absent a problem is noted and null returned.</summary>
    public string? Required(string key, string expected)
    {
        var value = Text(key);
        if (value is null)
        {
            Refuse(key, expected, null);
        }

        return value;
    }

    /// <summary>A whole number within bounds.</summary>
    public int Whole(string key, int absent, int min, int max)
    {
        var text = Text(key);
        if (text is null)
        {
            return absent;
        }

        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= min
            && number <= max)
        {
            return number;
        }

        Refuse(key, string.Create(CultureInfo.InvariantCulture, $"a whole number from {min} to {max}"), text);
        return absent;
    }

    /// <summary>A span of time within bounds: <c>PT30S</c> (ISO 8601, days to seconds) or <c>00:00:30</c>.</summary>
    public TimeSpan Duration(string key, TimeSpan absent, TimeSpan min, TimeSpan max)
    {
        var text = Text(key);
        if (text is null)
        {
            return absent;
        }

        if (ReadDuration(text) is { } span && span >= min && span <= max)
        {
            return span;
        }

        var range = $"from {XmlConvert.ToString(min)} to {XmlConvert.ToString(max)}";
        Refuse(key, $"a time such as PT30S or 00:00:30, {range}", text);
        return absent;
    }

    /// <summary>One word of a few, letter case aside; null and a problem where it is another.</summary>
    public string? Choice(string key, string text, ImmutableArray<string> words)
    {
        var known = words.FirstOrDefault(word => string.Equals(word, text, StringComparison.OrdinalIgnoreCase));
        if (known is null)
        {
            Refuse(key, $"one of {string.Join(", ", words)}", text, Nearest.Of(text, words));
        }

        return known;
    }

    /// <summary>Notes a problem, and where the value came from.</summary>
    /// <param name="key">The key.</param>
    /// <param name="expected">What was expected.</param>
    /// <param name="got">The value; null where there is none. Never a secret.</param>
    /// <param name="meant">What was probably meant.</param>
    public void Refuse(string key, string expected, string? got, string? meant = null)
    {
        var value = got is null ? "nothing" : $"\"{got}\"";
        var hint = meant is null ? "" : $"; did you mean {meant}?";
        RefuseWords(key, $"expected {expected}, got {value}{hint}");
    }

    /// <summary>Notes a problem in words of its own.</summary>
    public void RefuseWords(string key, string words) => problems.Add(new SettingProblem(key, words, SourceOf(key)));

    private string? SourceOf(string key)
    {
        var provider = configuration.Providers
            .LastOrDefault(one => one.TryGet(key, out var value) && value is not null);
        return provider is null ? null : SettingsSources.NameOf(provider);
    }

    private static TimeSpan? ReadDuration(string text)
    {
        if (!text.StartsWith('P'))
        {
            return TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var span) && text.Contains(':')
                ? span
                : null;
        }

        // Years and months have no length of their own; XmlConvert would take 365 and 30 days.
        var date = text.Split('T')[0];
        if (date.Contains('Y') || date.Contains('M'))
        {
            return null;
        }

        try
        {
            return XmlConvert.ToTimeSpan(text);
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            return null;
        }
    }
}
