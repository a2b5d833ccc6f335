using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path.Values;

namespace FhirOrchestrator.Fhir.Path;

/// <summary>One run of an expression: the caller's context, the focus, and what is left of the budget.</summary>
internal sealed class Evaluation(PathContext context, PathDialect dialect, PathItem? focus)
{
    /// <summary>The longest text that an expression may make, in characters.</summary>
    public const int TextMax = 16 * 1024 * 1024;

    private const int CharactersPerStep = 256;

    // The time is looked at once in so many steps.
    private const int StepsPerLook = 4096;

    private int _steps = context.StepsMax;
    private int _nextLook = Math.Max(0, context.StepsMax - StepsPerLook);
    private int _position = -1;
    private long? _started;

    public PathContext Context => context;

    public bool IsStrict => dialect == PathDialect.Strict;

    public PathItem? Focus => focus;

    /// <summary>The clock by which a dateTime with an offset is compared with a date.</summary>
    public LocalClock Clock => new(context.Zone, context.Now.Offset);

    /// <summary>Counts a step at a character, or where the last one was for -1; fails when a budget is spent.</summary>
    public void Step(int position)
    {
        if (position >= 0)
        {
            _position = position;
        }

        if (--_steps < _nextLook)
        {
            Look();
        }
    }

    /// <summary>Takes many steps from the budget at once, for work that no node counts.</summary>
    public void Charge(long steps, int position = -1)
    {
        _steps = (int)Math.Max(-1, _steps - Math.Min(steps, int.MaxValue));
        _position = position < 0 ? _position : position;
        if (_steps < _nextLook)
        {
            Look();
        }
    }

    // The first look starts the watch: what ends before it is never timed.
    private void Look()
    {
        if (_steps < 0)
        {
            throw FhirPathException.Budget($"expected at most {context.StepsMax} steps, got more", _position);
        }

        _nextLook = Math.Max(0, _steps - StepsPerLook);
        _started ??= context.Clock.GetTimestamp();
        if (context.Clock.GetElapsedTime(_started.Value) > context.TimeMax)
        {
            throw FhirPathException.Budget(
                $"expected an evaluation of at most {context.TimeMax.TotalSeconds} seconds, got a longer one",
                _position);
        }
    }

    /// <summary>Fails when a text that is about to be made is too long, and counts the work of making it.</summary>
    public void CheckText(long length, int position)
    {
        if (length > TextMax)
        {
            throw FhirPathException.Budget(
                $"expected a text of at most {TextMax} characters, got a longer one", position);
        }

        Charge(length / CharactersPerStep, position);
    }

    /// <summary>Fails when a collection has outgrown its limit.</summary>
    public void CheckItems(int count)
    {
        if (count > context.ItemsMax)
        {
            throw FhirPathException.Budget(
                $"expected at most {context.ItemsMax} items in a collection, got more", _position);
        }
    }

    /// <summary>The instant of this run; fails where the caller gave none.</summary>
    public DateTimeOffset Now(int position) => context.Now == default
        ? throw new FhirPathException("expected a context that knows the time, got one without Now", position)
        : context.Now;

    /// <summary>The value of a variable; fails where there is none.</summary>
    public Sequence Variable(string name, int position)
    {
        if (context.Variables.TryGetValue(name, out var given))
        {
            return Sequence.Of(given);
        }

        var element = focus as ElementItem;
        return name switch
        {
            "context" => new Sequence(focus),
            "resource" => new Sequence(element?.EnclosingResource),
            "rootResource" => new Sequence(element?.EnclosingResource?.OutermostResource),
            _ when PathVocabulary.FixedVariable(name) is { } text => Sequence.Of(text),
            _ => throw new FhirPathException(
                $"expected a value of %{name}, got none" + PathVocabulary.Nearest(name, context.Variables.Keys),
                position),
        };
    }

    /// <summary>
    /// The resource that a reference or canonical points at: contained, in the same Bundle, or known to the caller.
    /// </summary>
    public PathItem? Resolve(string reference, ElementItem? from)
    {
        if (reference.StartsWith('#'))
        {
            return from?.Contained(reference[1..]);
        }

        if (from?.InBundle(reference, this) is { } entry)
        {
            return entry;
        }

        return context.Resolve?.Invoke(reference) is Resource found ? PathItem.Of(found) : null;
    }
}

/// <summary>
/// What an expression sees while it runs: <c>$this</c>, <c>$index</c>, <c>$total</c> and defined variables.
/// </summary>
internal sealed class Scope(Evaluation run, Sequence @this)
{
    public Evaluation Run { get; } = run;

    public Sequence This { get; set; } = @this;

    /// <summary><c>$index</c>; -1 outside of a loop.</summary>
    public int Index { get; set; } = -1;

    public Sequence Total { get; set; }

    /// <summary>Variables of <c>defineVariable</c>.</summary>
    public ImmutableDictionary<string, Sequence> Defined { get; set; } = ImmutableDictionary<string, Sequence>.Empty;

    /// <summary>A scope for the items of a loop; its <see cref="This"/> is set for each.</summary>
    public Scope Inner() => new(Run, default) { Total = Total, Defined = Defined, Index = Index };
}
