using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>The rows that only a modifier looks at: <c>:text</c>, <c>:of-type</c> and <c>:identifier</c>.</summary>
internal static class AspectRows
{
    /// <summary>Adds the rows of one item of a parameter's expression.</summary>
    public static void Add(SearchParameter parameter, PathItem item, HashSet<SearchRow> rows)
    {
        if (item.Node is not ObjectNode node)
        {
            return;
        }

        if (parameter.Kind == SearchKind.Token)
        {
            AddTexts(parameter.NumberOf(SearchAspect.Text), item.TypeName, node, rows);
            if (item.TypeName == "Identifier")
            {
                AddOfType(parameter.NumberOf(SearchAspect.OfType), node, rows);
            }
        }
        else if (parameter.Kind == SearchKind.Reference && node.Child("identifier") is { } identifier
            && item.TypeName == "Reference")
        {
            rows.Add(new SearchRow.Token(
                parameter.NumberOf(SearchAspect.Identifier),
                identifier.Text("system") ?? "",
                identifier.Text("value") ?? ""));
        }
    }

    // R4, search, modifiers: CodeableConcept.text, Coding.display or Identifier.type.text.
    private static void AddTexts(int number, string typeName, ObjectNode node, HashSet<SearchRow> rows)
    {
        switch (typeName)
        {
            case "Coding":
                AddText(number, node.Text("display"), rows);
                break;
            case "CodeableConcept":
                AddText(number, node.Text("text"), rows);
                foreach (var coding in node.Children("coding"))
                {
                    AddText(number, coding.Text("display"), rows);
                }

                break;
            case "Identifier":
                AddText(number, node.Child("type")?.Text("text"), rows);
                break;
        }
    }

    private static void AddText(int number, string? text, HashSet<SearchRow> rows)
    {
        if (text is not null)
        {
            rows.Add(new SearchRow.Text(number, FoldedText.Of(text), text));
        }
    }

    private static void AddOfType(int number, ObjectNode identifier, HashSet<SearchRow> rows)
    {
        foreach (var coding in identifier.Child("type")?.Children("coding") ?? [])
        {
            if (coding.Text("code") is { } code && identifier.Text("value") is { } value)
            {
                rows.Add(new SearchRow.Token(number, coding.Text("system") ?? "", OfTypeCode(code, value)));
            }
        }
    }

    /// <summary>Type code and value as the code of one row.</summary>
    public static string OfTypeCode(string code, string value) => $"{code}|{value}";
}
