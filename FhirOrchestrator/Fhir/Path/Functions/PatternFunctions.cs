using System.Text.RegularExpressions;
using FhirOrchestrator.Fhir.Path.Ast;

namespace FhirOrchestrator.Fhir.Path.Functions;

/// <summary>
/// <c>matches</c>, <c>matchesFull</c>, <c>replaceMatches</c> (FHIRPath N1, 5.6; flags of the draft). Patterns run
/// without backtracking, in time linear in the text, and have a time limit besides.
/// </summary>
internal static class PatternFunctions
{
    private const int PatternLengthMax = 4096;

    private const int CharactersPerStep = 32;
    private static readonly TimeSpan MatchMax = TimeSpan.FromSeconds(1);

    public static ImmutableArray<FunctionEntry> All { get; } =
    [
        new("matches", 1, 2, Matches, arguments => Prepare(arguments, 1, isWhole: false)),
        new("matchesFull", 1, 2, Matches, arguments => Prepare(arguments, 1, isWhole: true)),
        new("replaceMatches", 2, 3, ReplaceMatches, arguments => Prepare(arguments, 2, isWhole: false)),
    ];

    private static Sequence Matches(CallExpr call, Scope scope, Sequence input)
    {
        var text = call.TextInput(input);
        var pattern = PatternOf(call, scope, 1, isWhole: call.Name == "matchesFull");
        return text is null || pattern is null
            ? default
            : Sequence.Of(Limited(call, scope, text, () => pattern.IsMatch(text)));
    }

    private static Sequence ReplaceMatches(CallExpr call, Scope scope, Sequence input)
    {
        var text = call.TextInput(input);
        var pattern = PatternOf(call, scope, 2, isWhole: false);
        var substitution = call.TextArgument(1, scope);
        if (text is null || pattern is null || substitution is null)
        {
            return default;
        }

        // An empty pattern matches between all characters; it is taken to replace nothing.
        StringFunctions.CheckGrowth(call, scope, text.Length, substitution.Length, 1);
        return Sequence.Of(pattern.ToString().Length == 0
            ? text
            : Limited(call, scope, text, () => pattern.Replace(text, substitution)));
    }

    private static T Limited<T>(CallExpr call, Scope scope, string text, Func<T> match)
    {
        scope.Run.Charge(text.Length / CharactersPerStep, call.Position);
        try
        {
            return match();
        }
        catch (RegexMatchTimeoutException)
        {
            throw FhirPathException.Budget(
                $"expected a pattern that is matched in {MatchMax.TotalSeconds} seconds, got another", call.Position);
        }
    }

    private static Regex? PatternOf(CallExpr call, Scope scope, int flagsAt, bool isWhole)
    {
        if (call.Prepared is Regex prepared)
        {
            return prepared;
        }

        try
        {
            var flags = call.TextArgument(flagsAt, scope);
            return call.TextArgument(0, scope) is { } pattern ? Build(pattern, flags ?? "", isWhole) : null;
        }
        catch (FhirPathException broken) when (broken.Position < 0)
        {
            throw call.Fail(broken.Message);
        }
    }

    private static Regex? Prepare(ImmutableArray<Expr> arguments, int flagsAt, bool isWhole)
    {
        var flags = arguments.Length > flagsAt ? TextOf(arguments[flagsAt]) : "";
        return flags is not null && TextOf(arguments[0]) is { } pattern ? Build(pattern, flags, isWhole) : null;
    }

    private static string? TextOf(Expr argument) =>
        argument is LiteralExpr { Item: StringItem text } ? text.Text : null;

    private static Regex Build(string pattern, string flags, bool isWhole)
    {
        if (pattern.Length > PatternLengthMax)
        {
            throw FhirPathException.Budget(
                $"expected a pattern of at most {PatternLengthMax} characters, got {pattern.Length}");
        }

        var options = RegexOptions.NonBacktracking | RegexOptions.Singleline | RegexOptions.CultureInvariant;
        foreach (var flag in flags)
        {
            options |= flag switch
            {
                'i' => RegexOptions.IgnoreCase,
                'm' => RegexOptions.Multiline,
                _ => throw new FhirPathException("expected the flags i and m, got another"),
            };
        }

        try
        {
            return new Regex(isWhole ? $@"\A(?:{pattern})\z" : pattern, options, MatchMax);
        }
        catch (ArgumentException broken)
        {
            throw new FhirPathException("expected a regular expression, got none", -1, broken);
        }
        catch (NotSupportedException unsupported)
        {
            // The second is a pattern whose counted repetitions unfold to more states than the library allows.
            throw new FhirPathException(
                "expected a pattern without look-around, back-references, atomic groups and thousands of nested "
                + "repetitions, got one with", -1, unsupported);
        }
    }
}
