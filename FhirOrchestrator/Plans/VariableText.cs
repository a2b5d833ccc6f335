using System.Text;

namespace FhirOrchestrator.Plans;

/// <summary>
/// Finds and replaces the variables (<c>%name</c>, <c>%`na-me`</c>, <c>%'na-me'</c>) in the text of a FHIRPath
/// expression (FHIRPath 2.0, 9), skipping strings, delimited identifiers and comments.
/// </summary>
internal static class VariableText
{
    /// <summary>The variables that the text mentions, each as often as it does, with the position of its %.</summary>
    public static ImmutableArray<(string Name, int Position)> Find(string text)
    {
        var found = ImmutableArray.CreateBuilder<(string, int)>();
        Scan(text, (name, start, _) => found.Add((name, start)));
        return found.ToImmutable();
    }

    /// <summary>The text with each variable that has a replacement replaced by it, in parentheses.</summary>
    public static string Replace(string text, IReadOnlyDictionary<string, string> replacements)
    {
        var result = new StringBuilder();
        var copied = 0;
        Scan(text, (name, start, end) =>
        {
            if (replacements.TryGetValue(name, out var replacement))
            {
                result.Append(text, copied, start - copied).Append('(').Append(replacement).Append(')');
                copied = end;
            }
        });
        return result.Append(text, copied, text.Length - copied).ToString();
    }

    private static void Scan(string text, Action<string, int, int> seen)
    {
        var at = 0;
        while (at < text.Length)
        {
            switch (text[at])
            {
                case '\'' or '`' or '"':
                    at = AfterQuoted(text, at);
                    break;
                case '/' when text.AsSpan(at).StartsWith("//", StringComparison.Ordinal):
                    at = After(text, at, "\n");
                    break;
                case '/' when text.AsSpan(at).StartsWith("/*", StringComparison.Ordinal):
                    at = After(text, at + 2, "*/");
                    break;
                case '%':
                    var end = AfterName(text, at + 1);
                    var name = text[(at + 1)..end].Trim('`', '\'');
                    if (name.Length > 0)
                    {
                        seen(name, at, end);
                    }

                    at = end;
                    break;
                default:
                    at++;
                    break;
            }
        }
    }

    private static int AfterName(string text, int at)
    {
        if (at < text.Length && text[at] is '`' or '\'')
        {
            return AfterQuoted(text, at);
        }

        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_'))
        {
            at++;
        }

        return at;
    }

    private static int AfterQuoted(string text, int at)
    {
        var quote = text[at++];
        while (at < text.Length && text[at] != quote)
        {
            at += text[at] == '\\' ? 2 : 1;
        }

        return Math.Min(at + 1, text.Length);
    }

    private static int After(string text, int at, string end)
    {
        var found = text.IndexOf(end, at, StringComparison.Ordinal);
        return found < 0 ? text.Length : found + end.Length;
    }
}
