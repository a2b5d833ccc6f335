using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>What an extension stands on.</summary>
/// <param name="Element">The element; null of a whole resource.</param>
/// <param name="Type">The type of its content.</param>
/// <param name="Path">The path from its resource, without indices: <c>Patient.contact.name</c>.</param>
/// <param name="Node">The value, or of a primitive its id and extensions.</param>
/// <param name="Outer">The value around it; null of a whole resource.</param>
/// <param name="Frame">The resource that it is in.</param>
internal sealed record Host(
    ElementDefinition? Element, TypeDefinition Type, string Path, Node Node, Node? Outer, ResourceFrame Frame)
{
    /// <summary>The URL, where the host is an extension itself.</summary>
    public string? Url => Type.Name == "Extension" ? (Node as ObjectNode)?.Text("url") : null;

    /// <summary>The URL of the extension that the host is, or is the value of.</summary>
    public string? NearUrl => Element?.Path == "Extension.value[x]" ? (Outer as ObjectNode)?.Text("url") : Url;
}

/// <summary>Where an extension may stand (R4, defining-extensions, "Context").</summary>
internal static class ContextCheck
{
    // R4 publishes this extension for ElementDefinition.type.code and uses it, itself, on ElementDefinition.type; R5
    // has corrected the definition.
    private const string FhirType = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type";

    public static bool IsAllowed(ValidationRun run, ObjectNode definition, Host host)
    {
        if (definition.Text("url") == FhirType && host.Type.Name == "ElementDefinition.type")
        {
            return true;
        }

        var hasContext = false;
        foreach (var context in definition.Children("context"))
        {
            var expression = context.Text("expression") ?? "";
            hasContext = true;
            var isHere = context.Text("type") switch
            {
                "element" => IsElement(expression, host),
                "extension" => host.NearUrl is { } url && url == expression.Split('#')[0],
                "fhirpath" => IsFound(run, expression, host),
                _ => true,
            };
            if (isHere)
            {
                return true;
            }
        }

        return !hasContext;
    }

    private static bool IsElement(string expression, Host host)
    {
        var hash = expression.IndexOf('#', StringComparison.Ordinal);
        var path = (hash < 0 ? expression : expression[(hash + 1)..]).Replace("[x]", "", StringComparison.Ordinal);
        return path is "*" or "Element" || host.Type.Is(path) || path == host.Type.Name || path == host.Path
            || path == host.Element?.Path.Replace("[x]", "", StringComparison.Ordinal) || IsInherited(path, host);
    }

    // DomainResource.text means Patient.text too.
    private static bool IsInherited(string path, Host host)
    {
        var dot = path.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && FhirDefinitions.R4.Type(host.Frame.Type)?.Is(path[..dot]) == true
            && host.Path.Length == host.Frame.Type.Length + path.Length - dot
            && host.Path.EndsWith(path[dot..], StringComparison.Ordinal);
    }

    private static bool IsFound(ValidationRun run, string expression, Host host)
    {
        try
        {
            return PathExpression.Compile(expression).Evaluate(host.Frame.Item, run.Context).OfType<ElementItem>()
                .Any(item => ReferenceEquals(item.Node, host.Node) || ReferenceEquals(item.Twin, host.Node));
        }
        catch (FhirPathException)
        {
            return true;
        }
    }
}
