using System.Collections.Immutable;

namespace FhirOrchestrator.Tests.Tidy;

/// <summary>
/// Finds the members of the types in blanked code by their brackets. A member ends at its closing brace or at its
/// semicolon; local functions and lambdas count to the member around them, since they are read with it. Field
/// initialisers are no functions.
/// </summary>
internal sealed class FunctionFinder
{
    private static readonly string[] TypeWords =
        ["class", "struct", "record", "interface", "enum", "namespace", "extension"];

    private readonly string code;
    private readonly ImmutableArray<SourceFunction>.Builder found = ImmutableArray.CreateBuilder<SourceFunction>();
    private int at;

    private FunctionFinder(string code) => this.code = code;

    public static ImmutableArray<SourceFunction> Find(string blankedCode)
    {
        var finder = new FunctionFinder(blankedCode);
        while (finder.at < finder.code.Length)
        {
            finder.ReadMembers();
            finder.at++; // a closing brace too many: the compiler will say so
        }

        return finder.found.ToImmutable();
    }

    /// <summary>Reads members up to the brace that closes their type.</summary>
    private void ReadMembers()
    {
        while (true)
        {
            SkipBlanksAndAttributes();
            if (at >= code.Length || code[at] == '}')
            {
                return;
            }

            ReadMember();
        }
    }

    private void ReadMember()
    {
        var start = at;
        var depth = 0;
        var firstParenthesis = -1;
        while (at < code.Length)
        {
            var letter = code[at];
            if (letter is '(' or '[')
            {
                firstParenthesis = letter == '(' && firstParenthesis < 0 && FollowsName() ? at : firstParenthesis;
                depth++;
            }
            else if (letter is ')' or ']')
            {
                depth--;
            }
            else if (depth == 0 && (letter is ';' or '}'))
            {
                at += letter == ';' ? 1 : 0;
                return;
            }
            else if (depth == 0 && letter == '{')
            {
                ReadBody(start, firstParenthesis < 0 ? at : firstParenthesis);
                return;
            }
            else if (depth == 0 && letter == '=' && IsArrow())
            {
                SkipToSemicolon();
                Add(start, firstParenthesis < 0 ? at : firstParenthesis);
                return;
            }
            else if (depth == 0 && letter == '=' && !IsOperator(start))
            {
                SkipToSemicolon();
                return;
            }

            at++;
        }
    }

    private void ReadBody(int start, int headEnd)
    {
        var words = Words(code[start..headEnd]).ToList();
        at++;
        if (words.Contains("enum"))
        {
            SkipToClosingBrace();
            return;
        }

        if (words.Any(TypeWords.Contains))
        {
            ReadMembers();
            at++;
            return;
        }

        SkipToClosingBrace();
        Add(start, headEnd);
    }

    /// <summary>A parenthesis of parameters follows a name; one of a tuple follows a blank.</summary>
    private bool FollowsName() => at > 0 && (char.IsLetterOrDigit(code[at - 1]) || code[at - 1] is '_' or '>' or '=');

    private bool IsArrow() => at + 1 < code.Length && code[at + 1] == '>';

    /// <summary>The equals signs of <c>operator ==</c>, <c>!=</c>, <c>&lt;=</c>.</summary>
    private bool IsOperator(int start) => Words(code[start..at]).Contains("operator") && !code[start..at].Contains('(');

    private void Add(int start, int headEnd)
    {
        // The last name, without the type parameters behind it.
        var head = code[start..Math.Min(headEnd, code.Length)].Split("=>")[0].Split('{')[0].TrimEnd();
        var angle = head.EndsWith('>') ? head.LastIndexOf('<') : -1;
        var words = Words(angle < 0 ? head : head[..angle]).ToList();
        var first = LineOf(start);
        found.Add(new SourceFunction(
            words.Count == 0 ? "?" : words[^1], first, LineOf(Math.Min(at, code.Length) - 1) - first + 1));
    }

    private int LineOf(int index) => 1 + code.AsSpan(0, Math.Min(index, code.Length)).Count('\n');

    private void SkipBlanksAndAttributes()
    {
        while (at < code.Length)
        {
            if (char.IsWhiteSpace(code[at]) || code[at] == ';')
            {
                at++;
            }
            else if (code[at] == '#')
            {
                at = code.IndexOf('\n', at) is var end && end < 0 ? code.Length : end;
            }
            else if (code[at] == '[')
            {
                SkipBrackets();
            }
            else
            {
                return;
            }
        }
    }

    private void SkipBrackets()
    {
        var depth = 0;
        do
        {
            depth += code[at] switch { '[' => 1, ']' => -1, _ => 0 };
            at++;
        }
        while (at < code.Length && depth > 0);
    }

    /// <summary>From behind an opening brace to behind its closing one.</summary>
    private void SkipToClosingBrace()
    {
        for (var depth = 1; at < code.Length && depth > 0; at++)
        {
            depth += code[at] switch { '{' => 1, '}' => -1, _ => 0 };
        }
    }

    private void SkipToSemicolon()
    {
        for (var depth = 0; at < code.Length; at++)
        {
            depth += code[at] switch { '{' or '(' or '[' => 1, '}' or ')' or ']' => -1, _ => 0 };
            if (depth == 0 && code[at] == ';')
            {
                at++;
                return;
            }
        }
    }

    private static IEnumerable<string> Words(string text)
    {
        var start = -1;
        for (var i = 0; i <= text.Length; i++)
        {
            var isLetter = i < text.Length && (char.IsLetterOrDigit(text[i]) || text[i] == '_');
            if (isLetter && start < 0)
            {
                start = i;
            }
            else if (!isLetter && start >= 0)
            {
                yield return text[start..i];
                start = -1;
            }
        }
    }
}
