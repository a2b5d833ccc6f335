using System.Diagnostics;
using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Rest;

/// <summary>The Parameters that <c>$fhirpath</c> answers with. Fails where they grow beyond their limit.</summary>
internal sealed class FhirPathAnswer(FhirPathQuestion question)
{
    /// <summary>The most JSON values and characters, together, that the results of an answer may hold.</summary>
    public const int SizeMax = 16 * 1024 * 1024;

    private static readonly string Evaluator =
        $"FhirOrchestrator {typeof(FhirPathAnswer).Assembly.GetName().Version?.ToString(3)} (R4)";

    private static readonly TypeDefinition Parameter = FhirDefinitions.R4.Type("Parameters.parameter")
        ?? throw new UnreachableException();

    private readonly List<Node> _results = [];
    private long _size;

    /// <summary>Adds the value of the expression on one item of the context.</summary>
    /// <exception cref="FhirPathException">The answer would be too large.</exception>
    public void Add(
        string? label, IReadOnlyList<PathItem> items, IEnumerable<(string Name, IReadOnlyList<PathItem> Items)> traces)
    {
        var parts = items.Select(Part).ToList();
        parts.AddRange(traces.Select(trace => Node.Object(
            ("name", "trace"), ("valueString", trace.Name), ("part", Node.Array(trace.Items.Select(Part))))));
        _results.Add(Node.Object(("name", "result"), ("valueString", label), ("part", Node.Array(parts))));
    }

    /// <summary>The whole answer.</summary>
    public Resource ToParameters()
    {
        var evaluator = Node.Object(("name", "evaluator"), ("valueString", Evaluator));
        var parameters = Node.Object(
            ("name", "parameters"), ("part", new ArrayNode([evaluator, .. question.Echo])));
        return Resource.Create(
            "Parameters", ("id", "fhirpath"), ("parameter", new ArrayNode([parameters, .. _results])));
    }

    private Node Part(PathItem item)
    {
        var node = item.ToNode();
        Count(node);
        var twin = (item as ElementItem)?.Twin;
        Count(twin);
        var type = TypeOf(item);
        if (node is ObjectNode resource && Resource.From(resource) is not null)
        {
            return Node.Object(("name", type), ("resource", resource));
        }

        if (node is TextNode { Value.Length: 0 })
        {
            return Node.Object(("name", "empty-string"));
        }

        var member = $"value{char.ToUpperInvariant(type[0])}{type[1..]}";
        if (Parameter.JsonElement(member) is not null && !type.Contains('.', StringComparison.Ordinal))
        {
            return Node.Object(("name", type), (member, node), ("_" + member, twin));
        }

        return Node.Object(
            ("name", type),
            ("extension", Node.Array(Node.Object(
                ("url", FhirPathQuestion.JsonExtension), ("valueString", node?.ToString() ?? "null")))));
    }

    // System types by the names of FHIR's, so that the value has a place; backbone elements by their path.
    private static string TypeOf(PathItem item) => item switch
    {
        ElementItem { Definition: { Kind: TypeKind.Backbone } backbone } => backbone.Name,
        ElementItem or { TypeName: "Quantity" } => item.TypeName,
        _ => $"{char.ToLowerInvariant(item.TypeName[0])}{item.TypeName[1..]}",
    };

    private void Count(Node? node)
    {
        _size += 1;
        switch (node)
        {
            case TextNode text:
                _size += text.Value.Length;
                break;
            case ArrayNode array:
                foreach (var each in array.Items)
                {
                    Count(each);
                }

                break;
            case ObjectNode content:
                foreach (var member in content.Members)
                {
                    _size += member.Name.Length;
                    Count(member.Value);
                }

                break;
        }

        if (_size > SizeMax)
        {
            throw FhirPathException.Budget($"expected an answer of at most {SizeMax} values and characters, got more");
        }
    }
}
