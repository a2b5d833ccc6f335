using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>How much an issue weighs (R4, issue-severity).</summary>
internal enum IssueSeverity
{
    /// <summary>The content could not be read at all.</summary>
    Fatal,

    /// <summary>The resource does not conform.</summary>
    Error,

    /// <summary>It conforms, and somebody should look.</summary>
    Warning,

    /// <summary>For information only.</summary>
    Information,
}

/// <summary>One finding of the validator.</summary>
/// <param name="Severity">How much it weighs.</param>
/// <param name="Code">The kind of finding, a code of R4's issue-type.</param>
/// <param name="Location">A FHIRPath of the element, such as <c>Patient.contact[0].name</c>.</param>
/// <param name="Text">"expected X, got Y", without values of the resource, which may be patient data.</param>
internal sealed record ValidationIssue(IssueSeverity Severity, string Code, string Location, string Text)
{
    /// <summary>True where the resource does not conform because of it.</summary>
    public bool IsError => Severity is IssueSeverity.Fatal or IssueSeverity.Error;

    /// <summary>This issue as <c>OperationOutcome.issue</c>.</summary>
    public ObjectNode ToNode() => Node.Object(
        ("severity", Severity switch
        {
            IssueSeverity.Fatal => "fatal",
            IssueSeverity.Error => "error",
            IssueSeverity.Warning => "warning",
            IssueSeverity.Information => "information",
        }),
        ("code", Code),
        ("diagnostics", Text),
        ("expression", Location.Length == 0 ? null : Node.Array((Node?)Location)));

    public override string ToString() => $"{Severity} {Code} at {Location}: {Text}";
}

/// <summary>What a validation found, in the order in which it was found.</summary>
internal sealed record ValidationReport(ImmutableArray<ValidationIssue> Issues)
{
    /// <summary>True where there is no error.</summary>
    public bool IsValid => !Issues.Any(issue => issue.IsError);

    /// <summary>The errors.</summary>
    public IEnumerable<ValidationIssue> Errors => Issues.Where(issue => issue.IsError);

    /// <summary>The report as an OperationOutcome; it says so where there is no issue.</summary>
    public Resource ToOutcome() => Resource.Create(
        "OperationOutcome",
        ("issue", Node.Array(Issues.IsEmpty
            ? [new ValidationIssue(IssueSeverity.Information, "informational", "", "no issues").ToNode()]
            : Issues.Select(issue => (Node)issue.ToNode()))));
}
