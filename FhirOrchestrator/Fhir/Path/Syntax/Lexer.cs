using System.Globalization;
using System.Text;

namespace FhirOrchestrator.Fhir.Path.Syntax;

/// <summary>Cuts an expression into tokens (FHIRPath N1, grammar, "Lexical rules").</summary>
internal sealed class Lexer(string text)
{
    private int _at;

    public ImmutableArray<Token> Read()
    {
        var tokens = ImmutableArray.CreateBuilder<Token>(32);
        while (true)
        {
            SkipBlanks();
            var token = Next();
            tokens.Add(token);
            if (token.Kind == TokenKind.End)
            {
                return tokens.DrainToImmutable();
            }
        }
    }

    private char Current => _at < text.Length ? text[_at] : '\0';

    private char Following => _at + 1 < text.Length ? text[_at + 1] : '\0';

    private void SkipBlanks()
    {
        while (_at < text.Length)
        {
            if (char.IsWhiteSpace(Current) || Current == '\uFEFF')
            {
                _at++;
            }
            else if (Current == '/' && Following == '/')
            {
                var end = text.AsSpan(_at).IndexOfAny('\r', '\n');
                _at = end < 0 ? text.Length : _at + end;
            }
            else if (Current == '/' && Following == '*')
            {
                var end = text.IndexOf("*/", _at + 2, StringComparison.Ordinal);
                if (end < 0)
                {
                    throw new FhirPathException("expected the comment's end, got the expression's", _at);
                }

                _at = end + 2;
            }
            else
            {
                return;
            }
        }
    }

    private Token Next()
    {
        var start = _at;
        switch (Current)
        {
            case '\0' when _at >= text.Length:
                return new Token(TokenKind.End, "", start);
            case '\'':
                return new Token(TokenKind.Text, ReadQuoted('\''), start);
            case '`':
                return new Token(TokenKind.Quoted, ReadQuoted('`'), start);
            case '@':
                return ReadMoment(start);
            case '$':
                _at++;
                return new Token(TokenKind.Dollar, ReadWord("a word after $"), start);
            case '%':
                return ReadVariable(start);
            case >= '0' and <= '9':
                return ReadNumber(start);
            case var letter when char.IsAsciiLetter(letter) || letter == '_':
                return new Token(TokenKind.Word, ReadWord("a word"), start);
            default:
                return ReadSymbol(start);
        }
    }

    private Token ReadSymbol(int start)
    {
        var two = _at + 1 < text.Length ? text.Substring(_at, 2) : "";
        if (two is "<=" or ">=" or "!=" or "!~")
        {
            _at += 2;
            return new Token(TokenKind.Symbol, two, start);
        }

        if (Current is '.' or ',' or '(' or ')' or '[' or ']' or '{' or '}' or '+' or '-' or '*' or '/' or '&' or '|'
            or '=' or '~' or '<' or '>')
        {
            return new Token(TokenKind.Symbol, string.Intern(text[_at++].ToString()), start);
        }

        throw new FhirPathException($"expected an expression, got the character '{Current}'", start);
    }

    private string ReadWord(string expected)
    {
        var start = _at;
        while (char.IsAsciiLetterOrDigit(Current) || Current == '_')
        {
            _at++;
        }

        return _at > start
            ? string.Intern(text[start.._at])
            : throw new FhirPathException($"expected {expected}, got something else", start);
    }

    private Token ReadVariable(int start)
    {
        _at++;
        if (Current is '`' or '\'')
        {
            return new Token(TokenKind.Variable, ReadQuoted(Current), start);
        }

        // %vs-name and %ext-name are written without quotes in R4 although a hyphen is no part of an identifier.
        var name = ReadWord("a name after %");
        if (name is "vs" or "ext" && Current == '-' && char.IsAsciiLetterOrDigit(Following))
        {
            var from = _at;
            while (char.IsAsciiLetterOrDigit(Current) || Current == '-')
            {
                _at++;
            }

            name += text[from.._at];
        }

        return new Token(TokenKind.Variable, name, start);
    }

    private Token ReadNumber(int start)
    {
        while (char.IsAsciiDigit(Current))
        {
            _at++;
        }

        if (Current != '.' || !char.IsAsciiDigit(Following))
        {
            return new Token(TokenKind.Integer, text[start.._at], start);
        }

        _at++;
        while (char.IsAsciiDigit(Current))
        {
            _at++;
        }

        return new Token(TokenKind.Decimal, text[start.._at], start);
    }

    private Token ReadMoment(int start)
    {
        _at++;
        while (char.IsAsciiDigit(Current) || IsDash(start))
        {
            _at++;
        }

        if (Current == 'T')
        {
            _at++;
            ReadClock();
            if (text[start + 1] != 'T')
            {
                ReadZone();
            }
        }

        return new Token(TokenKind.Moment, text[start.._at], start);
    }

    // A date has a dash behind its year and behind its month, two digits after it; any other is a minus.
    private bool IsDash(int start) => Current == '-' && _at - start is 5 or 8 && _at + 2 < text.Length
        && char.IsAsciiDigit(Following) && char.IsAsciiDigit(text[_at + 2]);

    private void ReadClock()
    {
        while (char.IsAsciiDigit(Current)
            || (Current == ':' && char.IsAsciiDigit(Following)) || (Current == '.' && char.IsAsciiDigit(Following)))
        {
            _at++;
        }
    }

    private void ReadZone()
    {
        if (Current == 'Z')
        {
            _at++;
        }
        else if (Current is '+' or '-' && _at + 6 <= text.Length && text[_at + 3] == ':'
            && char.IsAsciiDigit(text[_at + 1]) && char.IsAsciiDigit(text[_at + 2]))
        {
            _at += 6;
        }
    }

    private string ReadQuoted(char quote)
    {
        var start = _at++;
        var read = new StringBuilder();
        while (_at < text.Length && Current != quote)
        {
            if (Current == '\\')
            {
                _at++;
                read.Append(ReadEscape());
            }
            else
            {
                read.Append(Current);
                _at++;
            }
        }

        if (_at >= text.Length)
        {
            throw new FhirPathException($"expected a closing {quote}, got the end", start);
        }

        _at++;
        return read.ToString();
    }

    private char ReadEscape()
    {
        var letter = Current;
        _at++;
        switch (letter)
        {
            case '\\' or '/' or '\'' or '"' or '`':
                return letter;
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'u' when _at + 4 <= text.Length && ushort.TryParse(
                text.AsSpan(_at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code):
                _at += 4;
                return (char)code;
            default:
                // A backslash before any other character is ignored (N1, 2.1.2 String).
                return letter;
        }
    }
}
