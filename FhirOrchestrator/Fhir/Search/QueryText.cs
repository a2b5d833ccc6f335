using System.Text;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>The query part of URLs, and the separators and escapes inside its values (R4, search, escaping).</summary>
internal static class QueryText
{
    /// <summary>The decoded pairs in their order; a pair without an equals sign has an empty value.</summary>
    public static ImmutableArray<KeyValuePair<string, string>> Decode(string query)
    {
        var pairs = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        foreach (var pair in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            pairs.Add(equals < 0
                ? new(Unescape(pair), "")
                : new(Unescape(pair[..equals]), Unescape(pair[(equals + 1)..])));
        }

        return pairs.DrainToImmutable();
    }

    /// <summary>The pairs encoded for a URL.</summary>
    public static string Encode(IEnumerable<KeyValuePair<string, string>> pairs) => string.Join(
        '&', pairs.Select(pair => $"{Escape(pair.Key)}={Escape(pair.Value)}"));

    /// <summary>Splits at a separator that no backslash escapes; the escapes stay in the parts.</summary>
    public static IEnumerable<string> Split(string value, char separator)
    {
        var start = 0;
        for (var at = 0; at < value.Length; at++)
        {
            if (value[at] == '\\')
            {
                at++;
            }
            else if (value[at] == separator)
            {
                yield return value[start..at];
                start = at + 1;
            }
        }

        yield return value[start..];
    }

    /// <summary>Takes the escapes off: <c>\,</c> is a comma.</summary>
    public static string Unescaped(string value)
    {
        if (!value.Contains('\\', StringComparison.Ordinal))
        {
            return value;
        }

        var plain = new StringBuilder(value.Length);
        for (var at = 0; at < value.Length; at++)
        {
            if (value[at] == '\\' && at + 1 < value.Length && value[at + 1] is ',' or '|' or '$' or '\\')
            {
                at++;
            }

            plain.Append(value[at]);
        }

        return plain.ToString();
    }

    // A half of a surrogate pair is no character: it becomes U+FFFD.
    private static string Unescape(string text)
    {
        var plain = Uri.UnescapeDataString(text.Replace('+', ' '));
        return plain.AsSpan().ContainsAnyInRange('\ud800', '\udfff')
            ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(plain))
            : plain;
    }

    // Readable where a URL allows it.
    private static string Escape(string text) => Uri.EscapeDataString(text)
        .Replace("%3A", ":", StringComparison.Ordinal)
        .Replace("%2F", "/", StringComparison.Ordinal)
        .Replace("%2C", ",", StringComparison.Ordinal);
}
