namespace FhirOrchestrator.Fhir.Path.Syntax;

/// <summary>The kinds of token (FHIRPath N1, grammar).</summary>
internal enum TokenKind
{
    End,

    /// <summary>A word: an identifier or keyword.</summary>
    Word,

    /// <summary>An identifier between backticks.</summary>
    Quoted,

    /// <summary>A string, without its quotes and with its escapes resolved.</summary>
    Text,

    Integer,
    Decimal,

    /// <summary>A date, dateTime or time, with its <c>@</c>.</summary>
    Moment,

    /// <summary><c>$this</c>, <c>$index</c>, <c>$total</c>, without the <c>$</c>.</summary>
    Dollar,

    /// <summary>A variable, without the <c>%</c>.</summary>
    Variable,

    /// <summary>An operator or bracket.</summary>
    Symbol,
}

/// <summary>A token and the character that it starts at.</summary>
internal readonly record struct Token(TokenKind Kind, string Text, int Position)
{
    public bool Is(string symbol) => Kind == TokenKind.Symbol && Text == symbol;

    public bool IsWord(string word) => Kind == TokenKind.Word && Text == word;

    /// <summary>The token in a message.</summary>
    public string Shown => Kind switch
    {
        TokenKind.End => "the end",
        TokenKind.Text => "a string",
        TokenKind.Dollar => $"${Text}",
        TokenKind.Variable => $"%{Text}",
        _ => $"'{Text}'",
    };
}
