using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace FhirOrchestrator.Tests.Support;

/// <summary>The framework's reader as the judge of what may be accepted, with the refusals that we add to it.</summary>
internal static class StrictJson
{
    /// <summary>Why bytes must be refused, null where they must be accepted.</summary>
    public static string? Reason(ReadOnlySpan<byte> utf8)
    {
        if (utf8.StartsWith(Encoding.UTF8.Preamble))
        {
            utf8 = utf8[3..];
        }

        if (!Utf8.IsValid(utf8))
        {
            return "no UTF-8";
        }

        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 128 });
        var names = new Stack<HashSet<string>>();
        try
        {
            var tokens = 0;
            while (reader.Read())
            {
                tokens++;
                if (Refusal(ref reader, names) is { } reason)
                {
                    return reason;
                }
            }

            return tokens == 0 ? "nothing" : null;
        }
        catch (JsonException broken)
        {
            return broken.Message;
        }
        catch (InvalidOperationException)
        {
            return "a lone surrogate";
        }
    }

    private static string? Refusal(ref Utf8JsonReader reader, Stack<HashSet<string>> names)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                names.Push(new HashSet<string>(StringComparer.Ordinal));
                return null;
            case JsonTokenType.EndObject:
                names.Pop();
                return null;
            case JsonTokenType.PropertyName:
                var name = reader.GetString() ?? "";
                return !names.Peek().Add(name) ? "a name twice"
                    : name.Contains('\0', StringComparison.Ordinal) ? "U+0000" : null;
            case JsonTokenType.String:
                return (reader.GetString() ?? "").Contains('\0', StringComparison.Ordinal) ? "U+0000" : null;
            default:
                return null;
        }
    }
}
