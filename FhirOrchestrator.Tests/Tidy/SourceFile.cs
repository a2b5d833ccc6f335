using System.Collections.Immutable;

namespace FhirOrchestrator.Tests.Tidy;

/// <summary>A C# file with what matters to the rules, found without a compiler.</summary>
internal sealed record SourceFile
{
    /// <summary>The path from the repository's root, with slashes.</summary>
    public required string Path { get; init; }

    public required ImmutableArray<string> Lines { get; init; }

    /// <summary>The text with strings and comments blanked out, line for line as long as before.</summary>
    public required string Code { get; init; }

    public required ImmutableArray<SourceFunction> Functions { get; init; }

    public static SourceFile Parse(string path, string text)
    {
        var code = CodeBlanking.Blank(text);
        var lines = text.Split('\n');
        return new SourceFile
        {
            Path = path,
            Lines = [.. lines[^1].Length == 0 ? lines[..^1] : lines],
            Code = code,
            Functions = FunctionFinder.Find(code),
        };
    }
}

/// <summary>A member that computes: a method, a property, an operator, with whatever is inside it.</summary>
/// <param name="Name">The last name before its parameters or its body.</param>
/// <param name="FirstLine">The line on which it begins, from 1; attributes are before it.</param>
/// <param name="LineCount">How many lines it has.</param>
internal sealed record SourceFunction(string Name, int FirstLine, int LineCount);
