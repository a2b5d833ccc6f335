using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>Where bytes stop being JSON, as far as that can be said in FHIRPath.</summary>
internal static partial class JsonFaultTrail
{
    private const int HeadMax = 64 * 1024;

    private static readonly JsonReaderOptions Options =
        new() { MaxDepth = JsonText.DepthMax, CommentHandling = JsonCommentHandling.Allow };

    /// <summary>
    /// The path of the innermost object or item that was being read, of a comment that of the member which it stands
    /// before; the root where nothing was read.
    /// </summary>
    public static string Find(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, Options);
        var levels = new Stack<Level>();
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.Comment)
                {
                    SkipComments(ref reader, levels);
                    return Text(levels, RootOf(utf8));
                }

                Follow(ref reader, levels);
            }
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return Text(levels, RootOf(utf8)) + ItemAfter(utf8[(int)reader.BytesConsumed..], levels);
        }

        return RootOf(utf8);
    }

    private static void Follow(ref Utf8JsonReader reader, Stack<Level> levels)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                levels.Peek().Name = reader.GetString() ?? "";
                break;
            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                levels.Pop();
                break;
            default:
                if (levels.TryPeek(out var around))
                {
                    around.Index++;
                }

                if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                {
                    levels.Push(new Level { IsArray = reader.TokenType == JsonTokenType.StartArray });
                }

                break;
        }
    }

    // JSON has no comments, people write them before what they mean.
    private static void SkipComments(ref Utf8JsonReader reader, Stack<Level> levels)
    {
        while (reader.TokenType == JsonTokenType.Comment && reader.Read())
        {
        }

        if (reader.TokenType == JsonTokenType.PropertyName)
        {
            levels.Peek().Name = reader.GetString() ?? "";
            levels.Push(new Level());
        }
    }

    // Inside an array the next item is broken, unless the array ends where one should come: then the array is.
    private static string ItemAfter(ReadOnlySpan<byte> rest, Stack<Level> levels)
    {
        rest = rest.TrimStart(", \t\r\n"u8);
        return levels.TryPeek(out var around) && around.IsArray && !rest.StartsWith("]"u8)
            ? string.Create(CultureInfo.InvariantCulture, $"[{around.Index + 1}]")
            : "";
    }

    // The levels are innermost first; the last one is the resource itself.
    private static string Text(Stack<Level> levels, string root)
    {
        var text = new StringBuilder(root);
        var outward = levels.Reverse().ToArray();
        for (var at = 0; at < outward.Length - 1; at++)
        {
            var level = outward[at];
            text.Append(level.IsArray ? $"[{level.Index}]" : $".{level.Name}");
        }

        return text.ToString();
    }

    private static string RootOf(ReadOnlySpan<byte> utf8)
    {
        var found = ResourceType().Match(Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, HeadMax)]));
        return found.Success ? found.Groups["type"].Value : "";
    }

    [GeneratedRegex(
        """resourceType"?\s*:\s*"(?<type>[A-Za-z]{1,64})["]""",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex ResourceType();

    private sealed class Level
    {
        public bool IsArray { get; init; }

        public string Name { get; set; } = "";

        public int Index { get; set; } = -1;
    }
}
