using System.Diagnostics;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Search;
using FhirOrchestrator.Storage.Resources;

namespace FhirOrchestrator.Rest;

/// <summary>Why a request is not carried out: the one form that every error of this server takes.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">A code of R4's issue types.</param>
/// <param name="Words">Expected X, got Y; without patient data.</param>
/// <param name="Expression">Where in the body, as FHIRPath; null where the body is not to blame.</param>
internal sealed record RestProblem(int Status, string Code, string Words, string? Expression = null)
{
    /// <summary>Methods for the header <c>Allow</c>, for 405.</summary>
    public string? Allow { get; init; }

    public static RestProblem Invalid(string words, string? expression = null) =>
        new(400, "invalid", words, expression);

    public static RestProblem Unsupported(string words) => new(400, "not-supported", words);

    public static RestProblem NotFound(string words) => new(404, "not-found", words);

    public static RestProblem Deleted(string path) => new(410, "deleted", $"expected {path}, got a deleted resource");

    public static RestProblem PreconditionFailed(string words) => new(412, "conflict", words);

    public static RestProblem MultipleMatches(string words) => new(412, "multiple-matches", words);

    /// <summary>A query that was refused.</summary>
    public static RestProblem Of(SearchProblem problem) => new(400, problem.Code, problem.Message);

    /// <summary>A search that could not be carried out: too costly, or its pages are kept no longer.</summary>
    public static RestProblem Of(SearchFaultException fault) =>
        new(fault.Code == "not-found" ? 410 : 400, fault.Code, fault.Message);

    /// <summary>A problem inside an entry of a bundle, told from the bundle's root.</summary>
    public RestProblem At(string path) => this with
    {
        Expression = Expression is { } inner ? $"{path}.{inner}" : path,
    };

    /// <summary>The OperationOutcome.</summary>
    public Resource ToOutcome() => Resource.Create(
        "OperationOutcome",
        ("issue", Node.Array(Node.Object(
            ("severity", "error"),
            ("code", Code),
            ("diagnostics", Words),
            ("expression", Expression is { } path ? Node.Array(new TextNode(path)) : null)))));

    /// <summary>An OperationOutcome that tells of what a lenient search left out.</summary>
    public static Resource Warning(IEnumerable<SearchProblem> problems) => Resource.Create(
        "OperationOutcome",
        ("issue", Node.Array(problems.Select(problem => (Node)Node.Object(
            ("severity", "warning"),
            ("code", problem.Code),
            ("diagnostics", $"left out of the search: {problem.Message}"))))));

    /// <summary>The problem as an answer.</summary>
    public RestAnswer ToAnswer() => new(Status) { Body = ToOutcome().ToUtf8(), Allow = Allow };
}

/// <summary>A value, or the problem that stands in its place.</summary>
internal readonly record struct Attempt<T>(T? Value, RestProblem? Problem)
    where T : class
{
    public static implicit operator Attempt<T>(T value) => new(value, null);

    public static implicit operator Attempt<T>(RestProblem problem) => new(null, problem);

    /// <summary>True, and the value; else the problem.</summary>
    public bool Succeeded(
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out T? value,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out RestProblem? problem)
    {
        (value, problem) = (Value, Value is null ? Problem ?? throw new UnreachableException() : null);
        return value is not null;
    }
}
