using System.Globalization;
using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Search;

namespace FhirOrchestrator.Tests.Fhir.Search;

/// <summary>
/// Random resources and random searches over them, from few words, so that many meet. The same seed gives the same.
/// </summary>
internal sealed class RandomSearches(int seed)
{
    private static readonly string[] Types = ["Patient", "Encounter", "Observation", "Task", "ValueSet"];
    private static readonly string[] Words = ["anna", "Ännchen", "Bo", "bo lee", "c,d", "x|y", "50%", "a_b", "é\\"];
    private static readonly string[] Systems = ["http://s/1", "http://s/2", "urn:s"];
    private static readonly string[] Codes = ["a", "B", "b", "c|d", "e"];
    private static readonly string[] Prefixes = ["", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"];

    // What the resources below have values of; other parameters are asked for now and then.
    private static readonly string[] Filled =
    [
        "_id", "_tag", "_profile", "_lastUpdated", "identifier", "active", "name", "family", "given", "gender",
        "birthdate",
        "general-practitioner", "link", "status", "class", "type", "subject", "patient", "date", "length", "code",
        "value-quantity", "code-value-quantity", "component-code", "component-code-value-quantity", "combo-code",
        "component-value-concept", "focus", "authored-on", "url", "context", "context-quantity",
        "context-type-quantity",
    ];

    private readonly Random _random = new(seed);

    /// <summary>Resources of five types that refer to each other.</summary>
    public IReadOnlyList<Resource> Resources(int count)
    {
        var all = new List<Resource>(count);
        for (var at = 0; at < count; at++)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"r{at}");
            all.Add((at % 5) switch
            {
                0 => Patient(id, count),
                1 => Encounter(id, count),
                2 => Observation(id, count),
                3 => Task(id, count),
                _ => ValueSet(id),
            });
        }

        return [.. all.Select(each => Resource.Read(Encoding.UTF8.GetBytes(each.Root.ToString())).Value!)];
    }

    /// <summary>A search that the product can read.</summary>
    public SearchQuery Query(SearchReading reading)
    {
        while (true)
        {
            var type = Pick(Types);
            var pairs = Enumerable.Range(0, 1 + _random.Next(3)).Select(_ => Pair(type, reading, depth: 0));
            if (SearchQuery.Parse(type, QueryText.Encode(pairs), reading).Query is { } query)
            {
                return query;
            }
        }
    }

    private KeyValuePair<string, string> Pair(string type, SearchReading reading, int depth)
    {
        var all = reading.Catalogs.For(type).All;
        var parameters = _random.Next(10) == 0 ? all : [.. all.Where(each => Filled.Contains(each.Code))];
        var parameter = parameters[_random.Next(parameters.Length)];
        var kind = parameter.Kind;
        if (_random.Next(5) == 0)
        {
            return new($"{parameter.Code}:missing", Pick("true", "false"));
        }

        if (depth < 2 && kind == SearchKind.Reference && _random.Next(3) > 0)
        {
            var target = Pick(Types);
            var inner = Pair(target, reading, depth + 1);
            return new($"{parameter.Code}{(_random.Next(2) == 0 ? $":{target}" : "")}.{inner.Key}", inner.Value);
        }

        if (depth < 2 && type == "Patient" && _random.Next(4) == 0)
        {
            var (source, reference) = Pick(("Encounter", "subject"), ("Observation", "subject"), ("Task", "patient"));
            var inner = Pair(source, reading, depth + 1);
            return new($"_has:{source}:{reference}:{inner.Key}", inner.Value);
        }

        var modifier = kind switch
        {
            SearchKind.Token => Pick("", "", "", ":not", ":text", ":of-type"),
            SearchKind.String => Pick("", ":exact", ":contains"),
            SearchKind.Reference => Pick("", "", ":Patient", ":identifier"),
            SearchKind.Uri => Pick("", ":below", ":above"),
            _ => "",
        };
        var values = Enumerable.Range(0, 1 + _random.Next(2)).Select(_ => Value(parameter, modifier));
        return new(parameter.Code + modifier, string.Join(',', values));
    }

    private string Value(SearchParameter parameter, string modifier)
    {
        var token = Pick("", "{0}|", "|", "{0}|", "") is var shape && shape.Contains("{0}", StringComparison.Ordinal)
            ? Pick(Systems) + "|" : shape;
        return modifier switch
        {
            ":text" => Escape(Pick(Words)),
            ":of-type" => $"{Pick(Systems)}|{Escape(Pick(Codes))}|{Escape(Pick(Codes))}",
            ":identifier" => token + Escape(Pick(Codes)),
            _ => parameter.Kind switch
            {
                SearchKind.Token => token + Escape(Pick([.. Codes, "finished", "true", "r1", "male"])),
                SearchKind.String => Escape(Pick(Words) is var word && _random.Next(2) == 0 ? word[..2] : word),
                SearchKind.Reference => Pick("r0", "Patient/r5", "Patient/r10", "http://own/Patient/r0", "urn:u:1"),
                SearchKind.Date => Pick(Prefixes) + Date(),
                SearchKind.Uri => Pick("http://s/1", "http://s/", "http://s/1/2", "urn:s"),
                SearchKind.Number => Pick(Prefixes) + Number(),
                SearchKind.Quantity => Pick(Prefixes) + Number() + Pick("", "||kg", "|http://s/1|kg", "||KG"),
                _ => string.Join('$', parameter.Parts.Select(part => Value(part, ""))),
            },
        };
    }

    private Resource Patient(string id, int count) => Resource.Create(
        "Patient",
        ("id", id),
        ("meta", Node.Object(("tag", Node.Array(Coding())), ("profile", Node.Array(new TextNode(Pick(Systems)))))),
        ("identifier", Node.Array(Identifier(), Maybe(Identifier()))),
        ("active", Maybe(_random.Next(2) == 0)),
        ("name", Node.Array(Node.Object(("family", Pick(Words)), ("given", Node.Array(new TextNode(Pick(Words))))))),
        ("gender", Maybe(Pick("male", "female"))),
        ("birthDate", Maybe(Date()[..4] + "-05-06")),
        ("generalPractitioner", Node.Array(Maybe(Reference(count)))),
        ("link", Node.Array(Maybe(Node.Object(("other", Reference(count)), ("type", "seealso"))))));

    private Resource Encounter(string id, int count) => Resource.Create(
        "Encounter",
        ("id", id),
        ("status", Pick("finished", "planned")),
        ("class", Coding()),
        ("type", Node.Array(Concept())),
        ("subject", Maybe(Reference(count))),
        ("period", Maybe(Node.Object(("start", Maybe("2020-01-02T03:04:05Z")), ("end", Maybe(Date()))))),
        ("length", Maybe(Quantity())));

    private Resource Observation(string id, int count) => Resource.Create(
        "Observation",
        ("id", id),
        ("status", Pick("final", "amended")),
        ("code", Concept()),
        ("subject", Reference(count)),
        ("effectiveDateTime", Maybe(Date())),
        ("valueQuantity", Maybe(Quantity())),
        ("component", Node.Array(
            Node.Object(("code", Concept()), ("valueQuantity", Maybe(Quantity()))),
            Maybe(Node.Object(("code", Concept()), ("valueCodeableConcept", Concept()))))));

    private Resource Task(string id, int count) => Resource.Create(
        "Task",
        ("id", id),
        ("status", Pick("requested", "completed")),
        ("intent", "order"),
        ("for", Reference(count)),
        ("focus", Maybe(Reference(count))),
        ("authoredOn", Maybe("2020-01-02T03:04:05.678+02:00")),
        ("identifier", Node.Array(Maybe(Identifier()))));

    private Resource ValueSet(string id) => Resource.Create(
        "ValueSet",
        ("id", id),
        ("url", Maybe(Pick("http://s/1", "http://s/1/2", "http://s", "urn:s:x"))),
        ("name", Pick(Words)),
        ("status", "draft"),
        ("date", Maybe(Date())),
        ("useContext", Node.Array(Maybe(Node.Object(("code", Coding()), ("valueQuantity", Quantity()))))));

    private T Pick<T>(params ReadOnlySpan<T> all) => all[_random.Next(all.Length)];

    private Node? Maybe(Node? value) => _random.Next(3) > 0 ? value : null;

    private string Date() => Pick("2020", "2020-01", "2020-01-02", "2020-01-02T03:04:05Z", "2021-06-07", "2019-12-31");

    private string Number() => Pick("1", "1.0", "1.5", "10", "-2", "1e1", "0.95");

    private ObjectNode Coding() => Node.Object(
        ("system", Maybe(Pick(Systems))), ("code", Pick(Codes)), ("display", Maybe(Pick(Words))));

    private ObjectNode Concept() => Node.Object(
        ("coding", Node.Array(Coding(), Maybe(Coding()))), ("text", Maybe(Pick(Words))));

    private ObjectNode Identifier() => Node.Object(
        ("type", Maybe(Concept())), ("system", Maybe(Pick(Systems))), ("value", Pick(Codes)));

    private ObjectNode Quantity() => Node.Object(
        ("value", new NumberNode(Number())), ("comparator", Maybe(Maybe(Maybe(Pick("<", ">="))))),
        ("unit", Maybe(Pick("kg", "Kg"))), ("system", Maybe(Pick(Systems))), ("code", Maybe("kg")));

    private ObjectNode Reference(int count) => _random.Next(5) switch
    {
        0 => Node.Object(("identifier", Identifier())),
        1 => Node.Object(("reference", Pick("urn:u:1", "http://own/Patient/r0", "http://other/Patient/r0"))),
        _ => Node.Object(("reference", string.Create(
            CultureInfo.InvariantCulture, $"Patient/r{_random.Next((count / 5) + 1) * 5}"))),
    };

    private static string Escape(string text) => text
        .Replace("\\", "\\\\", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal)
        .Replace("|", "\\|", StringComparison.Ordinal).Replace("$", "\\$", StringComparison.Ordinal);
}
