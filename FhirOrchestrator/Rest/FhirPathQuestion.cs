using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Rest;

/// <summary>What <c>$fhirpath</c> is asked, as its Parameters say it.</summary>
/// <param name="Expression">The expression to evaluate.</param>
/// <param name="Context">The expression of the context; null for the resource itself.</param>
/// <param name="Focus">The resource; null where none was given.</param>
/// <param name="Variables">Values by name.</param>
/// <param name="Dialect">How strictly the expressions are held to the specification.</param>
/// <param name="Echo">The parameters to repeat in the answer.</param>
internal sealed record FhirPathQuestion(
    string Expression, string? Context, PathItem? Focus,
    ImmutableDictionary<string, ImmutableArray<PathItem>> Variables, PathDialect Dialect, ImmutableArray<Node> Echo)
{
    /// <summary>Where the expression stands in the request.</summary>
    public const string ExpressionPlace = "Parameters.parameter.where(name = 'expression').value";

    /// <summary>Where the expression of the context stands in the request.</summary>
    public const string ContextPlace = "Parameters.parameter.where(name = 'context').value";

    /// <summary>The extension by which the lab sends JSON that FHIR has no place for.</summary>
    public const string JsonExtension = "http://fhir.forms-lab.com/StructureDefinition/json-value";

    private const string VariablesPlace = "Parameters.parameter.where(name = 'variables').part";
    private const string ResourcePlace = "Parameters.parameter.where(name = 'resource')";

    private static readonly PathExpression ValueOfPart = PathExpression.Compile("value | resource");

    /// <summary>Reads the request's body.</summary>
    public static Attempt<FhirPathQuestion> Read(Resource? body)
    {
        if (body is not { Type: "Parameters" })
        {
            return RestProblem.Invalid("expected Parameters with expression and resource, got another body or none");
        }

        var given = body.Root.Children("parameter").ToList();
        ObjectNode? Named(string name) => given.FirstOrDefault(each => each.Text("name") == name);
        if (Named("expression")?.Text("valueString") is not { } expression)
        {
            return new RestProblem(
                400, "required", "expected the parameter expression as valueString, got none", ExpressionPlace);
        }

        PathDialect? dialect = (Named("mode")?.Text("valueString") ?? Named("mode")?.Text("valueCode")) switch
        {
            null or "strict" => PathDialect.Strict,
            "lenient" => PathDialect.Lenient,
            _ => null,
        };
        if (dialect is not { } known)
        {
            return RestProblem.Invalid(
                "expected the mode strict or lenient, got another", "Parameters.parameter.where(name = 'mode').value");
        }

        var resource = Named("resource");
        var focus = resource is null ? null : ResourceOf(resource);
        if (resource is not null && focus is null)
        {
            return RestProblem.Invalid(
                $"expected a resource, or the extension {JsonExtension} with one as text, got neither", ResourcePlace);
        }

        if (!VariablesOf(given).Succeeded(out var variables, out var wrong))
        {
            return wrong;
        }

        return new FhirPathQuestion(
            expression, Named("context")?.Text("valueString"), focus is null ? null : PathItem.Of(focus), variables,
            known,
            [.. given.Where(each => each.Text("name") is "expression" or "context" or "resource" or "variables")]);
    }

    private static Resource? ResourceOf(ObjectNode parameter)
    {
        if (Resource.From(parameter.Child("resource")) is { } inside)
        {
            return inside;
        }

        var text = parameter.Children("extension").FirstOrDefault(each => each.Text("url") == JsonExtension)
            ?.Text("valueString");
        return text is null ? null : Resource.Read(Encoding.UTF8.GetBytes(text)).Value;
    }

    // Parts of one name are one collection; a part without a value is an empty one.
    private static Attempt<ImmutableDictionary<string, ImmutableArray<PathItem>>> VariablesOf(List<ObjectNode> given)
    {
        var variables = ImmutableDictionary<string, ImmutableArray<PathItem>>.Empty;
        foreach (var part in given.Where(each => each.Text("name") == "variables").SelectMany(
            each => each.Children("part")))
        {
            if (part.Text("name") is not { Length: > 0 } name)
            {
                return RestProblem.Invalid("expected the name of a variable, got a part without", VariablesPlace);
            }

            var values = ValueOfPart.Evaluate(PathItem.Of(part, "Parameters.parameter"), new PathContext());
            if (values.Count == 0 && part["extension"] is not null)
            {
                if (ResourceOf(part) is not { } resource)
                {
                    return RestProblem.Invalid(
                        $"expected a value of %{name} that FHIR has a type for, or a resource as JSON text",
                        VariablesPlace);
                }

                values = [PathItem.Of(resource)];
            }

            variables = variables.SetItem(
                name, variables.GetValueOrDefault(name, []).AddRange(values));
        }

        return variables;
    }
}
