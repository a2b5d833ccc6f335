using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>One validation: where it stands, what it found, and what is left of its budgets.</summary>
internal sealed class ValidationRun
{
    private const int StepsPerInvariant = 2_000_000;
    private const int ElementsPerLook = 256;
    private const int KnownMax = 10_000;
    private readonly ImmutableArray<ValidationIssue>.Builder _issues = ImmutableArray.CreateBuilder<ValidationIssue>();
    private readonly HashSet<ValidationIssue> _known = [];
    private readonly long _start;
    private readonly HashSet<(Profile Profile, Node Node)> _entered = [];
    private int _elementsLeft;
    private int _quiet;
    private int _hints;
    private bool _hasFailedQuietly;
    private PathContext? _context;

    public ValidationRun(ValidationOptions options, ProfileCatalog catalog)
    {
        Options = options;
        Catalog = catalog;
        _elementsLeft = options.ElementsMax;
        _start = options.Time.GetTimestamp();
    }

    public ValidationOptions Options { get; }

    /// <summary>The profiles, extensions and value sets that are known.</summary>
    public ProfileCatalog Catalog { get; }

    public ElementTrail Trail { get; } = new();

    /// <summary>True once a budget is spent: everything returns at once.</summary>
    public bool IsOver { get; private set; }

    /// <summary>What invariants may know.</summary>
    public PathContext Context => _context ??= new PathContext
    {
        Now = Options.Time.GetUtcNow(),
        StepsMax = StepsPerInvariant,
        Codes = Catalog.HasCode,
        Subsumes = Catalog.Subsumes,
        Conforms = Conforms,
        Slices = IsOfSlice,
    };

    public ValidationReport Report()
    {
        if (_hints > Options.IssuesMax)
        {
            _issues.Add(new ValidationIssue(
                IssueSeverity.Information, "informational", "",
                $"expected at most {Options.IssuesMax} warnings and hints, got {_hints}: the others are left out"));
        }

        return new(_issues.DrainToImmutable());
    }

    /// <summary>Counts an element; false when a budget is spent.</summary>
    public bool Spend()
    {
        if (IsOver)
        {
            return false;
        }

        if (--_elementsLeft < 0)
        {
            Stop($"expected at most {Options.ElementsMax} elements to look at, got more");
            return false;
        }

        return _elementsLeft % ElementsPerLook != 0 || HasTime();
    }

    /// <summary>False when the time is spent.</summary>
    public bool HasTime()
    {
        if (!IsOver && Options.Time.GetElapsedTime(_start) > Options.TimeMax)
        {
            Stop($"expected to end within {Options.TimeMax.TotalSeconds:0} seconds, got no end");
        }

        return !IsOver;
    }

    public void Error(string code, string text) => Add(IssueSeverity.Error, code, text);

    public void Warning(string code, string text) => Add(IssueSeverity.Warning, code, text);

    public void Information(string code, string text) => Add(IssueSeverity.Information, code, text);

    /// <summary>An error at an element below the current one.</summary>
    public void ErrorAt(string name, int index, string code, string text)
    {
        Trail.Down(name, index);
        Error(code, text);
        Trail.Up();
    }

    /// <summary>True where a check finds no error; nothing of it is reported.</summary>
    public bool Passes(Action check)
    {
        var hadFailed = _hasFailedQuietly;
        _hasFailedQuietly = false;
        _quiet++;
        check();
        _quiet--;
        var passes = !_hasFailedQuietly;
        _hasFailedQuietly = hadFailed;
        return passes && !IsOver;
    }

    /// <summary>
    /// Begins to check a value against a profile; false where that is going on already, as with resources that point at
    /// each other.
    /// </summary>
    public bool Enter(Profile profile, Place place) =>
        !IsOver && (place.Value ?? place.Twin) is { } node && _entered.Add((profile, node));

    /// <summary>Ends what <see cref="Enter"/> began.</summary>
    public void Leave(Profile profile, Place place)
    {
        if ((place.Value ?? place.Twin) is { } node)
        {
            _entered.Remove((profile, node));
        }
    }

    public void Add(IssueSeverity severity, string code, string text)
    {
        if (IsOver)
        {
            return;
        }

        if (_quiet > 0)
        {
            _hasFailedQuietly |= severity is IssueSeverity.Error or IssueSeverity.Fatal;
            return;
        }

        var issue = new ValidationIssue(severity, code, Trail.ToString(), text);
        if (_known.Count < KnownMax && !_known.Add(issue))
        {
            return;
        }

        if (!issue.IsError && _hints++ >= Options.IssuesMax)
        {
            return;
        }

        _issues.Add(issue);
        if (issue.IsError && _issues.Count - Math.Min(_hints, Options.IssuesMax) >= Options.IssuesMax)
        {
            Stop($"expected at most {Options.IssuesMax} errors, got more");
        }
    }

    /// <summary>Checks rules on an item; what cannot be evaluated is an error too.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="item">What they are about.</param>
    /// <param name="around">
    /// What <c>%resource</c> is, where it is not the resource that the item is in, or is.
    /// </param>
    public void Check(ImmutableArray<Invariant> rules, PathItem item, ResourceFrame? around = null)
    {
        var isAround = around is not null && !ReferenceEquals(around.Item, item);
        var context = around is null || !isAround || item is not ElementItem { IsResource: true }
            ? Context
            : Context.With("resource", around.Item).With("rootResource", around.Outermost.Item);
        foreach (var rule in rules)
        {
            if (IsOver || (Options.IsBestPracticeSkipped && rule.Definition.IsBestPractice))
            {
                continue;
            }

            Check(rule, item, context);
        }
    }

    private void Check(Invariant rule, PathItem item, PathContext context)
    {
        var (key, isError, _, text, isBestPractice) = rule.Definition;
        if (rule.Problem is { } problem)
        {
            Warning("not-supported", $"expected a rule {key} that can be run, got: {problem}");
            return;
        }

        try
        {
            if (!rule.Holds(item, context))
            {
                Add(
                    isError && !isBestPractice ? IssueSeverity.Error
                        : isBestPractice ? IssueSeverity.Information : IssueSeverity.Warning,
                    "invariant", $"expected {key}: {text}, got the contrary");
            }
        }
        catch (FhirPathException broken)
        {
            Add(
                isError && !isBestPractice ? IssueSeverity.Error : IssueSeverity.Warning,
                "invariant", $"expected {key}: {text}, got what the rule cannot be evaluated on: {broken.Message}");
        }

        HasTime();
    }

    /// <summary>Whether an item is of a type of R4, or conforms to a profile; null for an unknown URL.</summary>
    public bool? Conforms(PathItem item, string url)
    {
        if (ProfileCatalog.IsType(url))
        {
            return Catalog.TypeOf(url) is { } type && item.IsFhir(type);
        }

        return Catalog.Find(url).Profile is { } profile && item is ElementItem element
            ? Passes(() => ProfileWalk.Run(this, profile, Place.Of(element)))
            : null;
    }

    /// <summary>
    /// Whether an item is of a profile's slice, by the slice's name or element id; null where there is no such profile
    /// or slice.
    /// </summary>
    public bool? IsOfSlice(PathItem item, string url, string slice) =>
        Catalog.Find(url).Profile is { } profile && SliceSearch.Find(profile, slice) is { IsEmpty: false } found
            ? item is ElementItem element && SliceSearch.IsOfAny(this, profile, found, element)
            : null;

    private void Stop(string text)
    {
        _issues.Add(new ValidationIssue(IssueSeverity.Error, "too-costly", Trail.ToString(), text));
        IsOver = true;
    }
}
