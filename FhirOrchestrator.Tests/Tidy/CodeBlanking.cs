namespace FhirOrchestrator.Tests.Tidy;

/// <summary>
/// Puts blanks in the place of comments, strings and characters, so that what remains is code. Knows regular, verbatim,
/// raw and interpolated strings; the holes of an interpolated string are blanked with it, braces in them counted.
/// </summary>
internal static class CodeBlanking
{
    public static string Blank(string text)
    {
        var code = text.ToCharArray();
        var at = 0;
        while (at < text.Length)
        {
            var end = EndOfBlank(text, at);
            for (var i = at; i < end; i++)
            {
                if (code[i] is not ('\n' or '\r'))
                {
                    code[i] = ' ';
                }
            }

            at = Math.Max(end, at + 1);
        }

        return new string(code);
    }

    /// <summary>Where the comment, string or character that begins here ends; here itself where none begins.</summary>
    private static int EndOfBlank(string text, int at)
    {
        var rest = text.AsSpan(at);
        if (rest.StartsWith("//"))
        {
            return IndexAfter(text, at, "\n") - 1;
        }

        if (rest.StartsWith("/*"))
        {
            return IndexAfter(text, at + 2, "*/");
        }

        if (rest[0] == '\'')
        {
            return EndOfPlain(text, at + 1, '\'', 0);
        }

        return rest[0] is '"' or '$' or '@' ? EndOfString(text, at) : at;
    }

    private static int EndOfString(string text, int at)
    {
        var dollars = 0;
        var isVerbatim = false;
        var i = at;
        while (i < text.Length && text[i] is '$' or '@')
        {
            dollars += text[i] == '$' ? 1 : 0;
            isVerbatim |= text[i] == '@';
            i++;
        }

        var quotes = 0;
        while (i + quotes < text.Length && text[i + quotes] == '"')
        {
            quotes++;
        }

        if (quotes == 0)
        {
            return at; // an identifier such as @class
        }

        if (quotes >= 3 && !isVerbatim)
        {
            return EndOfRaw(text, i + quotes, quotes);
        }

        return isVerbatim ? EndOfVerbatim(text, i + 1, dollars) : EndOfPlain(text, i + 1, '"', dollars);
    }

    private static int EndOfRaw(string text, int at, int quotes)
    {
        var end = IndexAfter(text, at, new string('"', quotes));
        while (end < text.Length && text[end] == '"')
        {
            end++;
        }

        return end;
    }

    private static int EndOfVerbatim(string text, int at, int dollars)
    {
        for (var i = at; i < text.Length; i++)
        {
            if (text[i] == '"' && i + 1 < text.Length && text[i + 1] == '"')
            {
                i++;
            }
            else if (text[i] == '"')
            {
                return i + 1;
            }
            else if (dollars > 0 && text[i] == '{')
            {
                i = EndOfHole(text, i);
            }
        }

        return text.Length;
    }

    private static int EndOfPlain(string text, int at, char quote, int dollars)
    {
        for (var i = at; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == quote || text[i] == '\n')
            {
                return i + 1;
            }
            else if (dollars > 0 && text[i] == '{')
            {
                i = EndOfHole(text, i);
            }
        }

        return text.Length;
    }

    /// <summary>The last character of an interpolation hole, or of the doubled brace that is none.</summary>
    private static int EndOfHole(string text, int at)
    {
        if (at + 1 < text.Length && text[at + 1] == '{')
        {
            return at + 1;
        }

        var depth = 0;
        for (var i = at; i < text.Length; i++)
        {
            var end = i == at ? i : EndOfBlank(text, i);
            if (end > i)
            {
                i = end - 1;
            }
            else if (text[i] == '{')
            {
                depth++;
            }
            else if (text[i] == '}' && --depth == 0)
            {
                return i;
            }
        }

        return text.Length - 1;
    }

    private static int IndexAfter(string text, int at, string sought)
    {
        var found = text.IndexOf(sought, at, StringComparison.Ordinal);
        return found < 0 ? text.Length + (sought == "\n" ? 1 : 0) : found + sought.Length;
    }
}
