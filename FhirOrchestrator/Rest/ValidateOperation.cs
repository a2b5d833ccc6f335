using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Profiles;

namespace FhirOrchestrator.Rest;

/// <summary>
/// <c>POST [base]/$validate</c>, <c>[base]/[type]/$validate</c> and <c>[base]/[type]/[id]/$validate</c> (R4, resource,
/// operation validate). In: the resource alone, or Parameters with <c>resource</c>, <c>profile</c> and <c>mode</c>;
/// <c>profile</c> and <c>mode</c> also in the URL; what is stored also by GET.
/// Out: an OperationOutcome with status 200, whatever was found.
/// </summary>
internal sealed class ValidateOperation(Func<Validator> validator, TimeProvider time)
{
    private const string Name = "$validate";
    private const string Definition = "http://hl7.org/fhir/OperationDefinition/Resource-validate";

    /// <summary>The operation at its three levels, for every type.</summary>
    public ImmutableArray<RestOperation> Operations =>
    [
        new(Name, OperationLevel.System, null, Definition, AllowsGet: false, RunAsync),
        new(Name, OperationLevel.Type, null, Definition, AllowsGet: false, RunAsync),
        new(Name, OperationLevel.Instance, null, Definition, AllowsGet: true, RunAsync),
    ];

    private async Task<RestAnswer> RunAsync(RestRequest request, RestServer server, CancellationToken ct)
    {
        if (!Question.Read(request).Succeeded(out var question, out var problem))
        {
            return problem.ToAnswer();
        }

        var resource = question.Resource;
        if (resource is null && request.Id.Length > 0)
        {
            var stored = await server.Reads.ReadAsync(request.Type, request.Id, ct);
            if (stored is null or { IsDeleted: true })
            {
                return RestProblem.NotFound($"expected {request.Type}/{request.Id}, got no such resource").ToAnswer();
            }

            resource = Resource.Read(stored.Body.Span).Value;
        }

        return question.Mode == "delete"
            ? RestAnswer.Of(200, new ValidationReport([]).ToOutcome())
            : resource is null
                ? RestProblem.Invalid("expected a resource to validate, got none").ToAnswer()
                : RestAnswer.Of(200, Validate(request, question, resource).ToOutcome());
    }

    private ValidationReport Validate(RestRequest request, Question question, Resource resource)
    {
        var report = validator().Validate(
            resource, new ValidationOptions { Profiles = question.Profiles, Time = time });
        var wrong = new List<ValidationIssue>(2);
        if (request.Type.Length > 0 && resource.Type != request.Type)
        {
            wrong.Add(new ValidationIssue(
                IssueSeverity.Error, "invalid", resource.Type,
                $"expected a resource of type {request.Type}, got {resource.Type}"));
        }

        if (question.Mode == "create" && resource.Id is not null)
        {
            wrong.Add(new ValidationIssue(
                IssueSeverity.Information, "informational", $"{resource.Type}.id",
                "expected no id before the resource is created, got one: it will not be used"));
        }
        else if (question.Mode == "update" && resource.Id is null)
        {
            wrong.Add(new ValidationIssue(
                IssueSeverity.Error, "required", resource.Type, "expected an id for an update, got none"));
        }

        return new ValidationReport([.. wrong, .. report.Issues]);
    }

    // What is asked: of the body and of the URL.
    private sealed record Question(Resource? Resource, ImmutableArray<string> Profiles, string? Mode)
    {
        private static readonly ImmutableArray<string> Modes = ["create", "update", "delete", "profile"];

        public static Attempt<Question> Read(RestRequest request)
        {
            var profiles = new List<string>();
            string? mode = null;
            foreach (var (name, value) in request.Parameters)
            {
                switch (name)
                {
                    case "profile":
                        profiles.Add(value);
                        break;
                    case "mode":
                        mode = value;
                        break;
                    default:
                        return RestProblem.Unsupported($"expected the parameters profile and mode, got '{name}'");
                }
            }

            var resource = request.Body;
            if (resource is { Type: "Parameters" } && IsWrapper(resource, request.Type))
            {
                var read = OfParameters(resource.Root, profiles, ref mode);
                if (!read.Succeeded(out var inner, out var problem))
                {
                    return problem;
                }

                resource = inner.Resource;
            }

            return mode is null || Modes.Contains(mode)
                ? new Question(resource, [.. profiles], mode)
                : RestProblem.Invalid("expected the mode create, update, delete or profile, got another");
        }

        // Parameters are what the operation takes, unless they are themselves to be validated.
        private static bool IsWrapper(Resource body, string type) => type != "Parameters"
            || body.Root.Children("parameter").Any(each => each.Text("name") == "resource");

        private static Attempt<Question> OfParameters(ObjectNode root, List<string> profiles, ref string? mode)
        {
            Resource? resource = null;
            foreach (var parameter in root.Children("parameter"))
            {
                var text = parameter.Text("valueUri") ?? parameter.Text("valueCanonical")
                    ?? parameter.Text("valueCode") ?? parameter.Text("valueString") ?? parameter.Text("valueUrl");
                switch (parameter.Text("name"))
                {
                    case "resource" when parameter.Child("resource") is { } node:
                        resource = Resource.From(node);
                        break;
                    case "profile" when text is not null:
                        profiles.Add(text);
                        break;
                    case "mode" when text is not null:
                        mode = text;
                        break;
                    default:
                        return RestProblem.Invalid(
                            "expected the parameters resource, profile and mode, got another or one without value",
                            "Parameters.parameter");
                }
            }

            return new Question(resource, [], null);
        }
    }
}
