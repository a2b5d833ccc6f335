using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>Where bytes stop being JSON, as far as that can be said in FHIRPath.</summary>
internal static partial class JsonFaultTrail
{
    private const int HeadMax = 64 * 1024;

    /// <summary>The path of the innermost object or array that was being read; the root where nothing was.</summary>
    public static string Find(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = JsonText.DepthMax });
        var levels = new Stack<Level>();
        try
        {
            while (reader.Read())
            {
                Follow(ref reader, levels);
            }
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return Text(levels, RootOf(utf8));
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
