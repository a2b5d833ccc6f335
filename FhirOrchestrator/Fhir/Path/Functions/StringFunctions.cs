using System.Text.RegularExpressions;
using FhirOrchestrator.Fhir.Path.Ast;

namespace FhirOrchestrator.Fhir.Path.Functions;

/// <summary>
/// FHIRPath N1, 5.6 String manipulation. Patterns run without backtracking: their time is linear in the text.
/// </summary>
internal static class StringFunctions
{
    private const int PatternLengthMax = 4096;

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
        new("length", 0, 0, (call, _, input) => call.TextInput(input) is { } text ? Sequence.Of(text.Length) : default),
        new("toChars", 0, 0, ToChars),
        new("replace", 2, 2, Replace),
        new("matches", 1, 1, (call, scope, input) => Matches(call, scope, input), PreparePart),
        new("matchesFull", 1, 1, (call, scope, input) => Matches(call, scope, input), PrepareWhole),
        new("replaceMatches", 2, 2, ReplaceMatches, PreparePart),
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

        return Sequence.Of(isLast
            ? text.LastIndexOf(part, StringComparison.Ordinal)
            : text.IndexOf(part, StringComparison.Ordinal));
    }

    private static Sequence Substring(CallExpr call, Scope scope, Sequence input)
    {
        var text = call.TextInput(input);
        if (call.IntegerArgument(0, scope) is not { } start || text is null || start < 0 || start >= text.Length)
        {
            return default;
        }

        var rest = text.Length - start;
        var length = call.Arguments.Length == 2 ? call.IntegerArgument(1, scope) ?? rest : rest;
        return Sequence.Of(text.Substring(start, Math.Clamp(length, 0, rest)));
    }

    private static Sequence ToChars(CallExpr call, Scope scope, Sequence input)
    {
        var characters = new SequenceBuilder(scope.Run);
        foreach (var each in call.TextInput(input) ?? "")
        {
            characters.Add(new StringItem(each.ToString()));
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
            : substitution + string.Concat(text.Select(each => each + substitution)));
    }

    // The longest text that a replacement may make.
    private static void CheckGrowth(CallExpr call, Scope scope, long length, long substitution, long pattern) =>
        scope.Run.CheckText(length + (((length / Math.Max(1, pattern)) + 1) * substitution), call.Position);

    private static Sequence Matches(CallExpr call, Scope scope, Sequence input)
    {
        var text = call.TextInput(input);
        var pattern = PatternOf(call, scope, isWhole: call.Name == "matchesFull");
        return text is null || pattern is null ? default : Sequence.Of(pattern.IsMatch(text));
    }

    private static Sequence ReplaceMatches(CallExpr call, Scope scope, Sequence input)
    {
        var text = call.TextInput(input);
        var pattern = PatternOf(call, scope, isWhole: false);
        var substitution = call.TextArgument(1, scope);
        if (text is null || pattern is null || substitution is null)
        {
            return default;
        }

        // An empty pattern matches between all characters; it is taken to replace nothing.
        CheckGrowth(call, scope, text.Length, substitution.Length, 1);
        return Sequence.Of(pattern.ToString().Length == 0 ? text : pattern.Replace(text, substitution));
    }

    private static Regex? PatternOf(CallExpr call, Scope scope, bool isWhole)
    {
        if (call.Prepared is Regex prepared)
        {
            return prepared;
        }

        try
        {
            return call.TextArgument(0, scope) is { } pattern ? Build(pattern, isWhole) : null;
        }
        catch (FhirPathException broken) when (broken.Position < 0)
        {
            throw call.Fail(broken.Message);
        }
    }

    private static Regex? PreparePart(ImmutableArray<Expr> arguments) => Prepare(arguments, isWhole: false);

    private static Regex? PrepareWhole(ImmutableArray<Expr> arguments) => Prepare(arguments, isWhole: true);

    private static Regex? Prepare(ImmutableArray<Expr> arguments, bool isWhole) =>
        arguments[0] is LiteralExpr { Item: StringItem pattern } ? Build(pattern.Text, isWhole) : null;

    private static Regex Build(string pattern, bool isWhole)
    {
        if (pattern.Length > PatternLengthMax)
        {
            throw new FhirPathException(
                $"expected a pattern of at most {PatternLengthMax} characters, got {pattern.Length}");
        }

        try
        {
            return new Regex(
                isWhole ? $@"\A(?:{pattern})\z" : pattern,
                RegexOptions.NonBacktracking | RegexOptions.Singleline | RegexOptions.CultureInvariant);
        }
        catch (ArgumentException broken)
        {
            throw new FhirPathException("expected a regular expression, got none", -1, broken);
        }
        catch (NotSupportedException unsupported)
        {
            throw new FhirPathException(
                "expected a pattern without look-around, back-references and atomic groups, got one with", -1,
                unsupported);
        }
    }

    private static Sequence Split(CallExpr call, Scope scope, Sequence input)
    {
        var text = call.TextInput(input);
        if (call.TextArgument(0, scope) is not { } separator || text is null)
        {
            return default;
        }

        var parts = new SequenceBuilder(scope.Run);
        foreach (var part in separator.Length == 0 ? [text] : text.Split(separator))
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
