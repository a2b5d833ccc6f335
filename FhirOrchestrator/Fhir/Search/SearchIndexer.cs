using System.Globalization;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>Takes the searchable values out of resources (R4, search; the tables of types in 3.1.1.4).</summary>
internal static class SearchIndexer
{
    /// <summary>
    /// Counts the changes of what is taken out: stores that hold rows of an older count make them anew.
    /// </summary>
    public const int RowsVersion = 1;

    // Expressions ask resolve() only for the type of a target, which the reference itself tells.
    private static readonly PathContext Context = new() { Now = DateTimeOffset.UnixEpoch, Resolve = TargetStub };

    /// <summary>The rows of all parameters that stores keep, each once.</summary>
    public static IReadOnlyCollection<SearchRow> Extract(Resource resource, SearchCatalogs? catalogs = null)
    {
        var rows = new HashSet<SearchRow>();
        foreach (var parameter in (catalogs ?? SearchCatalogs.R4).For(resource.Type).Indexed)
        {
            Extract(resource, parameter, rows);
        }

        return rows;
    }

    /// <summary>The rows of one parameter, all aspects; <c>_id</c> and <c>_lastUpdated</c> included.</summary>
    public static IReadOnlyCollection<SearchRow> Extract(Resource resource, SearchParameter parameter)
    {
        var rows = new HashSet<SearchRow>();
        Extract(resource, parameter, rows);
        return rows;
    }

    private static void Extract(Resource resource, SearchParameter parameter, HashSet<SearchRow> rows)
    {
        var number = parameter.NumberOf(SearchAspect.Value);
        if (parameter.Source == SearchSource.Id)
        {
            Add(rows, resource.Id is { } id ? new SearchRow.Token(number, "", id) : null);
        }
        else if (parameter.Source == SearchSource.LastUpdated)
        {
            Add(rows, Date(number, resource.Root.Child("meta")?["lastUpdated"]?.AsText));
        }
        else if (parameter.Expression is { } expression)
        {
            var ordinal = 0;
            foreach (var item in expression.Evaluate(resource, Context))
            {
                if (parameter.Parts.IsEmpty)
                {
                    AddRows(parameter, item, rows);
                    AspectRows.Add(parameter, item, rows);
                }
                else
                {
                    AddParts(parameter, item, ++ordinal, rows);
                }
            }
        }
    }

    // An item that lacks one of the parts has no composite value.
    private static void AddParts(SearchParameter composite, PathItem item, int ordinal, HashSet<SearchRow> rows)
    {
        var found = new HashSet<SearchRow>();
        foreach (var part in composite.Parts)
        {
            var before = found.Count;
            foreach (var value in part.Expression?.Evaluate(item, Context) ?? [])
            {
                AddRows(part, value, found);
            }

            if (found.Count == before)
            {
                return;
            }
        }

        rows.UnionWith(found.Select(row => row with { Item = ordinal }));
    }

    private static Resource? TargetStub(string reference) =>
        ResourceReference.Parse(reference) is { Type: { } type, Id: { } id } ? Resource.Create(type, ("id", id)) : null;

    private static void Add(HashSet<SearchRow> rows, SearchRow? row)
    {
        if (row is not null)
        {
            rows.Add(row);
        }
    }

    private static void AddRows(SearchParameter parameter, PathItem item, HashSet<SearchRow> rows)
    {
        var number = parameter.NumberOf(SearchAspect.Value);
        switch (parameter.Kind)
        {
            case SearchKind.Token:
                AddTokens(number, item, rows);
                break;
            case SearchKind.Reference:
                Add(rows, Reference(number, item));
                break;
            case SearchKind.String:
                AddTexts(number, item, rows);
                break;
            case SearchKind.Date:
                AddDates(number, item, rows);
                break;
            case SearchKind.Uri:
                Add(rows, Plain(item) is { } uri ? new SearchRow.Uri(number, uri) : null);
                break;
            case SearchKind.Number or SearchKind.Quantity:
                AddNumbers(number, item, rows);
                break;
            case SearchKind.Composite:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private static void AddTokens(int parameter, PathItem item, HashSet<SearchRow> rows)
    {
        switch (item.Node)
        {
            case ObjectNode coding when item.TypeName == "Coding":
                Add(rows, Token(parameter, coding.Text("system"), coding.Text("code")));
                break;
            case ObjectNode concept when item.TypeName == "CodeableConcept":
                foreach (var coding in concept.Children("coding"))
                {
                    Add(rows, Token(parameter, coding.Text("system"), coding.Text("code")));
                }

                Add(rows, concept["coding"] is null ? Token(parameter, null, null) : null);
                break;
            case ObjectNode identifier when item.TypeName == "Identifier":
                Add(rows, Token(parameter, identifier.Text("system"), identifier.Text("value")));
                break;
            case ObjectNode contact when item.TypeName == "ContactPoint":
                // The specification leaves the system of a contact point to the server: found by its kind, and without.
                Add(rows, Token(parameter, contact.Text("system"), contact.Text("value")));
                Add(rows, Token(parameter, null, contact.Text("value")));
                break;
            case ObjectNode:
                break;
            default:
                Add(rows, Plain(item) is { } text ? Token(parameter, null, text) : null);
                break;
        }
    }

    private static SearchRow.Token Token(int parameter, string? system, string? code) =>
        new(parameter, system ?? "", code ?? "");

    private static SearchRow.Reference? Reference(int parameter, PathItem item)
    {
        if (item.Node is ObjectNode node)
        {
            if (Resource.From(node) is { } resource)
            {
                return new(parameter, resource.Type, resource.Id ?? "", "", "");
            }

            return ResourceReference.Of(node) is { } reference ? Of(parameter, reference)
                : item.TypeName == "Reference" ? new(parameter, "", "", "", "")
                : null;
        }

        return Plain(item) is { } text ? new(parameter, "", "", "", text) : null;
    }

    private static SearchRow.Reference Of(int parameter, ResourceReference reference) => reference.Type is { } type
        ? new(parameter, type, reference.Id ?? "", reference.Base ?? "", "")
        : new(parameter, "", "", "", reference.Text);

    private static void AddTexts(int parameter, PathItem item, HashSet<SearchRow> rows)
    {
        if (item.Node is not ObjectNode node)
        {
            Add(rows, Plain(item) is { } plain ? Text(parameter, plain) : null);
            return;
        }

        ReadOnlySpan<string> members = item.TypeName switch
        {
            "HumanName" => ["family", "given", "prefix", "suffix", "text"],
            "Address" => ["line", "city", "district", "state", "postalCode", "country", "text"],
            "CodeableConcept" => ["text"],
            _ => [],
        };
        foreach (var member in members)
        {
            foreach (var part in node.Items(member))
            {
                Add(rows, part.AsText is { } text ? Text(parameter, text) : null);
            }
        }
    }

    private static SearchRow.Text Text(int parameter, string text) => new(parameter, FoldedText.Of(text), text);

    private static void AddDates(int parameter, PathItem item, HashSet<SearchRow> rows)
    {
        switch (item.Node)
        {
            case ObjectNode period when item.TypeName == "Period":
                Add(rows, Period(parameter, period));
                break;
            case ObjectNode timing when item.TypeName == "Timing":
                Add(rows, Timing(parameter, timing));
                break;
            case ObjectNode:
                break;
            default:
                Add(rows, Date(parameter, Plain(item)));
                break;
        }
    }

    private static SearchRow.Date? Date(int parameter, string? text) =>
        text is not null && DateSpan.Parse(text) is { } span ? new(parameter, span.Low, span.High) : null;

    private static SearchRow.Date? Period(int parameter, ObjectNode period)
    {
        var start = period.Text("start") is { } from ? DateSpan.Parse(from) : null;
        var end = period.Text("end") is { } to ? DateSpan.Parse(to) : null;
        var (low, high) = (start?.Low ?? DateSpan.Earliest, end?.High ?? DateSpan.Latest);

        // A period that ends before it starts covers no time: nothing is found by it.
        return (start is null && end is null) || low >= high ? null : new(parameter, low, high);
    }

    // Only the outer limits of a schedule count (R4, search, date).
    private static SearchRow.Date? Timing(int parameter, ObjectNode timing)
    {
        var events = timing.Items("event").Select(each => each.AsText is { } text ? DateSpan.Parse(text) : null)
            .OfType<DateSpan>().ToList();
        var bounds = timing.Child("repeat")?.Child("boundsPeriod") is { } period ? Period(parameter, period) : null;
        if (bounds is not null)
        {
            events.Add(new DateSpan(bounds.Low, bounds.High));
        }

        return events.Count == 0 ? null : new(parameter, events.Min(each => each.Low), events.Max(each => each.High));
    }

    private static void AddNumbers(int parameter, PathItem item, HashSet<SearchRow> rows)
    {
        if (item.Node is not ObjectNode node)
        {
            Add(
                rows,
                Number(Plain(item)) is { } value ? new SearchRow.Quantity(parameter, value, value, "", "", "") : null);
            return;
        }

        switch (item.TypeName)
        {
            case "Range":
                Add(rows, Between(parameter, node.Child("low"), node.Child("high")));
                break;
            case "SampledData":
                break;
            case "Money":
                Add(rows, Quantity(parameter, node, "urn:iso:std:iso:4217", node.Text("currency") ?? ""));
                break;
            default:
                Add(rows, Quantity(parameter, node, node.Text("system") ?? "", node.Text("code") ?? ""));
                break;
        }
    }

    // A quantity with a comparator is open on one side: "<5" is everything up to 5.
    private static SearchRow.Quantity? Quantity(int parameter, ObjectNode node, string system, string code)
    {
        if (Number((node["value"] as NumberNode)?.Text) is not { } value)
        {
            return null;
        }

        var comparator = node.Text("comparator") ?? "";
        return new(
            parameter,
            comparator.StartsWith('<') ? decimal.MinValue : value,
            comparator.StartsWith('>') ? decimal.MaxValue : value,
            system,
            code,
            FoldedText.Of(node.Text("unit") ?? ""));
    }

    private static SearchRow.Quantity? Between(int parameter, ObjectNode? low, ObjectNode? high)
    {
        var from = Number((low?["value"] as NumberNode)?.Text);
        var to = Number((high?["value"] as NumberNode)?.Text);
        var unit = low ?? high;
        return from is null && to is null ? null : new(
            parameter,
            from ?? decimal.MinValue,
            to ?? decimal.MaxValue,
            unit?.Text("system") ?? "",
            unit?.Text("code") ?? "",
            FoldedText.Of(unit?.Text("unit") ?? ""));
    }

    private static decimal? Number(string? text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static string? Plain(PathItem item) => item.Node switch
    {
        TextNode text => text.Value,
        NumberNode number => number.Text,
        BooleanNode flag => flag.Value ? "true" : "false",
        null => item.AsText(),
        _ => null,
    };
}
