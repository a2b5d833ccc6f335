using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>What tells slices apart: how, and by which element (R4, profiling, "Discriminator").</summary>
internal sealed class Discriminator
{
    private readonly Lazy<PathExpression?> _expression;

    private Discriminator(string type, string path, ImmutableArray<DiscriminatorStep> steps)
    {
        Type = type;
        Path = path;
        Steps = steps;
        _expression = new(() => Compile(path));
    }

    /// <summary><c>value</c>, <c>exists</c>, <c>pattern</c>, <c>type</c> or <c>profile</c>.</summary>
    public string Type { get; }

    public string Path { get; }

    /// <summary>The way from the element to what tells; empty for <c>$this</c>.</summary>
    public ImmutableArray<DiscriminatorStep> Steps { get; }

    /// <summary>The path as an expression; null where it is none.</summary>
    public PathExpression? Expression => _expression.Value;

    /// <summary>Reads one; null where the path is none that the specification allows.</summary>
    public static Discriminator? Read(string type, string path)
    {
        var steps = ImmutableArray.CreateBuilder<DiscriminatorStep>();
        var rest = path.AsSpan().Trim();
        while (!rest.IsEmpty)
        {
            if (Next(ref rest) is not { } step)
            {
                return null;
            }

            if (step.Kind != StepKind.This)
            {
                steps.Add(step);
            }
        }

        return new Discriminator(type, path, steps.ToImmutable());
    }

    private static DiscriminatorStep? Next(ref ReadOnlySpan<char> rest)
    {
        var open = rest.IndexOf('(');
        var dot = rest.IndexOf('.');
        if (open >= 0 && (dot < 0 || open < dot))
        {
            var close = rest.IndexOf(')');
            if (close < open)
            {
                return null;
            }

            var name = rest[..open].ToString();
            var argument = rest[(open + 1)..close].Trim().Trim('\'').Trim('"').ToString();
            rest = rest[(close + 1)..].TrimStart('.');
            return name switch
            {
                "extension" => new(StepKind.Extension, argument),
                "resolve" => new(StepKind.Resolve, ""),
                "ofType" => new(StepKind.OfType, argument),
                _ => null,
            };
        }

        var word = (dot < 0 ? rest : rest[..dot]).ToString();
        rest = dot < 0 ? default : rest[(dot + 1)..];
        return word == "$this"
            ? new(StepKind.This, "")
            : new(StepKind.Child, word.Replace("[x]", "", StringComparison.Ordinal));
    }

    private static PathExpression? Compile(string path)
    {
        try
        {
            return PathExpression.Compile(path.Replace("[x]", "", StringComparison.Ordinal));
        }
        catch (FhirPathException)
        {
            return null;
        }
    }
}

/// <summary>What a step of a discriminator's path does.</summary>
internal enum StepKind
{
    /// <summary>Stays: <c>$this</c>.</summary>
    This,

    /// <summary>Goes down to a child.</summary>
    Child,

    /// <summary>Goes down to the extension of a URL.</summary>
    Extension,

    /// <summary>Goes to what a reference points at.</summary>
    Resolve,

    /// <summary>Keeps to a type of a choice.</summary>
    OfType,
}

/// <summary>A step of a discriminator's path and its name, URL or type.</summary>
internal sealed record DiscriminatorStep(StepKind Kind, string Name);
