using System.Text;
using FhirOrchestrator.Fhir.Path.Ast;

namespace FhirOrchestrator.Fhir.Path.Functions;

/// <summary>
/// FHIRPath N1, 5.6 String manipulation. Positions and lengths count characters, which are Unicode scalar values: a
/// pair of surrogates is one (FHIRPath 3.0, String).
/// </summary>
internal static class StringFunctions
{
    public static ImmutableArray<FunctionEntry> All { get; } =
    [
        new("indexOf", 1, 1, (call, scope, input) => Position(call, scope, input, isLast: false)),
        new("lastIndexOf", 1, 1, (call, scope, input) => Position(call, scope, input, isLast: true)),
        new("substring", 1, 2, Substring),
        new("startsWith", 1, 1, (call, scope, input) =>
            Test(call, scope, input, (text, part) => text.StartsWith(part, StringComparison.Ordinal))),
        new("endsWith", 1, 1, (call, scope, input) =>
            Test(call, scope, input, (text, part) => text.EndsWith(part, StringComparison.Ordinal))),
        new("contains", 1, 1, (call, scope, input) =>
            Test(call, scope, input, (text, part) => text.Contains(part, StringComparison.Ordinal))),
        new("upper", 0, 0, (call, _, input) => Sequence.Of(call.TextInput(input)?.ToUpperInvariant())),
        new("lower", 0, 0, (call, _, input) => Sequence.Of(call.TextInput(input)?.ToLowerInvariant())),
        new("trim", 0, 0, (call, _, input) => Sequence.Of(call.TextInput(input)?.Trim())),
        new("length", 0, 0, (call, _, input) => call.TextInput(input) is { } text
            ? Sequence.Of(Length(text))
            : default),
        new("toChars", 0, 0, ToChars),
        new("replace", 2, 2, Replace),
        new("split", 1, 1, Split),
        new("join", 0, 1, Join),
    ];

    private static Sequence Test(CallExpr call, Scope scope, Sequence input, Func<string, string, bool> test)
    {
        var text = call.TextInput(input);
        return call.TextArgument(0, scope) is { } part && text is not null ? Sequence.Of(test(text, part)) : default;
    }

    private static Sequence Position(CallExpr call, Scope scope, Sequence input, bool isLast)
    {
        var text = call.TextInput(input);
        if (call.TextArgument(0, scope) is not { } part || text is null)
        {
            return default;
        }

        var at = isLast
            ? text.LastIndexOf(part, StringComparison.Ordinal)
            : text.IndexOf(part, StringComparison.Ordinal);
        return Sequence.Of(at < 0 ? at : Length(text.AsSpan(0, at)));
    }

    // A low surrogate is counted with the high one before it.
    private static int Length(ReadOnlySpan<char> text)
    {
        var length = text.Length;
        for (var at = 1; at < text.Length; at++)
        {
            length -= char.IsSurrogatePair(text[at - 1], text[at]) ? 1 : 0;
        }

        return length;
    }

    // The index in UTF-16 of the character so many characters behind another one, at most the text's length.
    private static int IndexBehind(string text, int from, int count)
    {
        for (; count > 0 && from < text.Length; count--)
        {
            from += from + 1 < text.Length && char.IsSurrogatePair(text[from], text[from + 1]) ? 2 : 1;
        }

        return from;
    }

    private static Sequence Substring(CallExpr call, Scope scope, Sequence input)
    {
        var text = call.TextInput(input);
        if (call.IntegerArgument(0, scope) is not { } start || text is null || start < 0)
        {
            return default;
        }

        var from = IndexBehind(text, 0, start);
        if (from >= text.Length)
        {
            return default;
        }

        return call.Arguments.Length == 2 && call.IntegerArgument(1, scope) is { } length
            ? Sequence.Of(text[from..IndexBehind(text, from, length)])
            : Sequence.Of(text[from..]);
    }

    private static Sequence ToChars(CallExpr call, Scope scope, Sequence input)
    {
        var text = call.TextInput(input) ?? "";
        var characters = new SequenceBuilder(scope.Run);
        for (var at = 0; at < text.Length;)
        {
            var next = IndexBehind(text, at, 1);
            characters.Add(new StringItem(text[at..next]));
            at = next;
        }

        return characters.Build();
    }

    private static Sequence Replace(CallExpr call, Scope scope, Sequence input)
    {
        var text = call.TextInput(input);
        var pattern = call.TextArgument(0, scope);
        var substitution = call.TextArgument(1, scope);
        if (text is null || pattern is null || substitution is null)
        {
            return default;
        }

        CheckGrowth(call, scope, text.Length, substitution.Length, pattern.Length);
        return Sequence.Of(pattern.Length > 0
            ? text.Replace(pattern, substitution, StringComparison.Ordinal)
            : Surrounded(text, substitution));
    }

    // An empty pattern is found before, between and behind all characters.
    private static string Surrounded(string text, string substitution)
    {
        var made = new StringBuilder(substitution);
        for (var at = 0; at < text.Length;)
        {
            var next = IndexBehind(text, at, 1);
            made.Append(text, at, next - at).Append(substitution);
            at = next;
        }

        return made.ToString();
    }

    // The longest text that a replacement may make.
    internal static void CheckGrowth(CallExpr call, Scope scope, long length, long substitution, long pattern) =>
        scope.Run.CheckText(length + (((length / Math.Max(1, pattern)) + 1) * substitution), call.Position);

    private static Sequence Split(CallExpr call, Scope scope, Sequence input)
    {
        var text = call.TextInput(input);
        if (call.TextArgument(0, scope) is not { } separator || text is null)
        {
            return default;
        }

        // Not more texts than a collection may hold, and one that fails.
        var texts = separator.Length == 0 ? [text] : text.Split(separator, scope.Run.Context.ItemsMax + 1);
        scope.Run.CheckItems(texts.Length);
        var parts = new SequenceBuilder(scope.Run);
        foreach (var part in texts)
        {
            parts.Add(new StringItem(part));
        }

        return parts.Build();
    }

    private static Sequence Join(CallExpr call, Scope scope, Sequence input)
    {
        if (input.IsEmpty)
        {
            return default;
        }

        var texts = new List<string>(input.Count);
        foreach (var item in input)
        {
            if (item.Value is StringItem text)
            {
                texts.Add(text.Text);
            }
            else if (item.Node is not null || item is not ElementItem)
            {
                throw call.Fail($"expected strings as input of join, got {item.FullTypeName}");
            }
        }

        var separator = call.TextArgument(0, scope) ?? "";
        scope.Run.CheckText(texts.Sum(text => (long)text.Length + separator.Length), call.Position);
        return Sequence.Of(string.Join(separator, texts));
    }
}
