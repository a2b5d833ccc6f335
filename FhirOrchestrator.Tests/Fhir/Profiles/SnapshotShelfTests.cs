using System.Collections.Immutable;
using FhirOrchestrator.Fhir.Definitions.Packages;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Profiles;

namespace FhirOrchestrator.Tests.Fhir.Profiles;

internal sealed class SnapshotShelfTests
{
    private const string Url = "http://a.example/p";

    [TestCase("""{"path":"Task.colour"}""", "expected one of id, meta, ", "got colour at Task.colour")]
    [TestCase("""{"path":"Task.status","min":0}""", "expected min of at least 1, got 0", "at Task.status")]
    [TestCase("""{"path":"Task.for","max":"*"}""", "expected max of at most 1, got *", "at Task.for")]
    [TestCase("""{"path":"Task.note","min":3,"max":"2"}""", "expected min of at most max 2, got 3", "at Task.note")]
    [TestCase(
        """{"path":"Task.for","type":[{"code":"string"}]}""", "expected a type among Reference, got string",
        "at Task.for")]
    [TestCase(
        """{"path":"Task.status","binding":{"strength":"preferred","valueSet":"http://a.example/vs"}}""",
        "expected a binding of at least required, got preferred", "at Task.status")]
    [TestCase(
        """{"id":"Task.input:one.type","path":"Task.input.type"}""",
        "expected slice one to be defined before what is in it, got none", "at Task.input:one.type")]
    [TestCase("""{"path":"Encounter.status"}""", "expected a path that begins with Task, got Encounter.status", "")]
    public void Find_IllegalDifferential_SaysWhatWhyAndWhere(string element, string what, string where)
    {
        var problem = Find(element).Problems.Single().ToString();

        Assert.That(problem, Does.StartWith($"{Url}: {what}"));
        Assert.That(problem, Does.Contain(where));
    }

    [Test]
    public void Find_SlicesWithoutIds_AreReadOnFromTheElementBefore()
    {
        var made = Find("""
            {"path":"Task.input","slicing":{"discriminator":[{"type":"value","path":"type.text"}],"rules":"open"}},
            {"path":"Task.input","sliceName":"one","max":"1"},
            {"path":"Task.input.type","mustSupport":true},
            {"path":"Task.input.type.text","fixedString":"one"},
            {"path":"Task.input","sliceName":"two"},
            {"path":"Task.input.type.text","fixedString":"two"}
            """);

        Assert.That(made.Problems, Is.Empty);
        Assert.That(Element(made, "Task.input:one.type")?["mustSupport"]?.ToString(), Is.EqualTo("true"));
        Assert.That(Element(made, "Task.input:one.type.text")?.Text("fixedString"), Is.EqualTo("one"));
        Assert.That(Element(made, "Task.input:two.type.text")?.Text("fixedString"), Is.EqualTo("two"));
        Assert.That(Element(made, "Task.input:two.type")?["mustSupport"], Is.Null);
        Assert.That(Ids(made).SkipWhile(id => id != "Task.input:one").Take(1), Is.Not.Empty);
    }

    [Test]
    public void Find_SliceOfASlice_BeginsAsThatOneAndStandsBehindIt()
    {
        var made = Find("""
            {"id":"Task.note","path":"Task.note",
             "slicing":{"discriminator":[{"type":"value","path":"text"}],"rules":"open"}},
            {"id":"Task.note:a","path":"Task.note","sliceName":"a","min":1,"max":"3"},
            {"id":"Task.note:a.text","path":"Task.note.text","short":"said"},
            {"id":"Task.note:b","path":"Task.note","sliceName":"b"},
            {"id":"Task.note:a/c","path":"Task.note","sliceName":"a/c"}
            """);

        Assert.That(made.Problems, Is.Empty);
        Assert.That(Element(made, "Task.note:a/c")?.Text("max"), Is.EqualTo("3"));
        Assert.That(Element(made, "Task.note:a/c")?["min"]?.ToString(), Is.EqualTo("0"), "a slice may be absent");
        Assert.That(Element(made, "Task.note:a/c.text")?.Text("short"), Is.EqualTo("said"));
        Assert.That(
            Ids(made).Where(id => id.StartsWith("Task.note:", StringComparison.Ordinal) && id.Count('.') == 1),
            Is.EqualTo((string[])["Task.note:a", "Task.note:a/c", "Task.note:b"]));
    }

    [Test]
    public void Find_SeveralPathsWithATypeInTheName_AllowTheseTypes()
    {
        var made = Find(
            """{"path":"Observation.valueQuantity","min":0},{"path":"Observation.valueString.extension","max":"0"}""",
            "Observation");
        var value = Element(made, "Observation.value[x]");

        Assert.That(made.Problems, Is.Empty);
        Assert.That(
            value?.Children("type").Select(type => type.Text("code")),
            Is.EqualTo((string[])["Quantity", "string"]));
        Assert.That(value?.Child("slicing")?.Text("rules"), Is.EqualTo("closed"));
        Assert.That(Element(made, "Observation.value[x]:valueString.extension")?.Text("max"), Is.EqualTo("0"));
    }

    [TestCase("", "Observation.component:a.value[x]", "Observation.component:a.value[x].unit")]
    [TestCase(
        """,{"id":"Observation.component:a.valueString","path":"Observation.component.valueString"}""",
        "Observation.component:a.value[x]", "Observation.component:a.value[x]:valueQuantity.unit")]
    public void Find_TypeInTheNameInsideOfASlice_NarrowsOrSlicesTheChoice(string more, string choice, string unit)
    {
        var made = Find($$$"""
            {"id":"Observation.component","path":"Observation.component",
             "slicing":{"discriminator":[{"type":"value","path":"code"}],"rules":"open"}},
            {"id":"Observation.component:a","path":"Observation.component","sliceName":"a"},
            {"id":"Observation.component:a.valueQuantity.unit","path":"Observation.component.valueQuantity.unit",
             "min":1}{{{more}}}
            """, "Observation");

        Assert.That(made.Problems, Is.Empty);
        Assert.That(Element(made, choice)?.Children("type").Count(), Is.EqualTo(more.Length == 0 ? 1 : 2));
        Assert.That(Element(made, unit)?["min"]?.ToString(), Is.EqualTo("1"));
    }

    [Test]
    public void Find_ProfileOverProfile_AddsUp()
    {
        var lower = Definition("""{"path":"Task.note","min":1,"constraint":[{"key":"x-1","expression":"true"}]}""");
        var upper = Definition(
            """{"path":"Task.note","max":"2","constraint":[{"key":"x-2","expression":"true"}]}""", "Task",
            "http://a.example/q", Url);
        var made = Shelf(lower, upper).Find("http://a.example/q")!;
        var note = Element(made, "Task.note");

        Assert.That(note?["min"]?.ToString(), Is.EqualTo("1"));
        Assert.That(note?.Text("max"), Is.EqualTo("2"));
        Assert.That(
            note?.Children("constraint").Select(each => (each.Text("key"), each.Text("source"))),
            Is.SupersetOf(new[] { ("x-1", Url), ("x-2", "http://a.example/q") }));
    }

    [Test]
    public void Find_TypeNamedAgainWithoutItsTargets_KeepsThoseOfTheBase()
    {
        var lower = Definition("""
            {"path":"Task.for","type":[{"code":"Reference","targetProfile":["http://a.example/patient"]}]}
            """);
        var upper = Definition(
            """{"path":"Task.for","type":[{"code":"Reference"}]}""", "Task", "http://a.example/q", Url);
        var made = Shelf(lower, upper).Find("http://a.example/q")!;

        Assert.That(
            Element(made, "Task.for")?.Children("type").Single().Items("targetProfile").Single().AsText,
            Is.EqualTo("http://a.example/patient"));
    }

    [Test]
    public void Find_CircleOfBases_IsAProblem()
    {
        var made = Shelf(Definition("""{"path":"Task"}""", "Task", Url, Url)).Find(Url)!;

        Assert.That(made.StructureDefinition, Is.Null);
        Assert.That(made.Problems.Single().Reason, Does.Contain("or a circle"));
    }

    [Test]
    public void Find_UnknownBase_IsAProblem()
    {
        var made = Shelf(Definition("""{"path":"Task"}""", "Task", Url, "http://a.example/none")).Find(Url)!;

        Assert.That(made.Problems.Single().Reason, Is.EqualTo("expected the base http://a.example/none, got none"));
    }

    [Test]
    public void Find_ElementThatRepeatsAnother_IsWalkedInto()
    {
        var made = Find("""{"path":"Questionnaire.item.item.item.linkId","short":"deep"}""", "Questionnaire");

        Assert.That(made.Problems, Is.Empty);
        Assert.That(Element(made, "Questionnaire.item.item.item.linkId")?.Text("short"), Is.EqualTo("deep"));
        Assert.That(Element(made, "Questionnaire.item.item")?["contentReference"], Is.Null);
    }

    private static Snapshot Find(string elements, string type = "Task") =>
        Shelf(Definition(elements, type)).Find(Url)!;

    private static SnapshotShelf Shelf(params ObjectNode[] definitions) => new(ConformanceSet.Of(new ConformanceFiles(
        [.. definitions.Select(each => new ConformanceFile("file.json", each))],
        ImmutableArray<ConformanceProblem>.Empty)));

    private static ObjectNode Definition(
        string elements, string type = "Task", string url = Url, string? from = null) =>
        (ObjectNode)JsonText.Read(System.Text.Encoding.UTF8.GetBytes($$$"""
            {"resourceType":"StructureDefinition","url":"{{{url}}}","kind":"resource","type":"{{{type}}}",
            "derivation":"constraint",
            "baseDefinition":"{{{from ?? $"http://hl7.org/fhir/StructureDefinition/{type}"}}}",
            "differential":{"element":[{{{elements}}}]}}
            """)).Value!;

    private static ObjectNode? Element(Snapshot made, string id) => made.StructureDefinition?.Child("snapshot")?
        .Children("element").FirstOrDefault(each => each.Text("id") == id);

    private static List<string> Ids(Snapshot made) => made.StructureDefinition!.Child("snapshot")!
        .Children("element").Select(each => each.Text("id") ?? "").ToList();
}
