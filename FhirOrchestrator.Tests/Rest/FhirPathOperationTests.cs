using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Profiles;
using FhirOrchestrator.Rest;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Rest;

/// <summary>What <c>$fhirpath</c> answers, without the server around it.</summary>
internal sealed class FhirPathOperationTests
{
    private const string Patient = """
        {"resourceType":"Patient","id":"p","active":true,"birthDate":"1950-02-03",
         "_birthDate":{"extension":[{"url":"http://x","valueString":"y"}]},
         "name":[{"given":["Ann","Bea"],"family":"Cole"},{"given":["Dora"]}],
         "contact":[{"gender":"female"}]}
        """;

    private static readonly RestOperation Operation =
        new FhirPathOperation(
            new SteppedTime(new DateTimeOffset(2026, 3, 2, 12, 0, 0, TimeSpan.Zero)),
            Validator.ContextOf(() => Validator.R4)).Operation;

    [TestCase("name[0].given", """[{"name":"string","valueString":"Ann"},{"name":"string","valueString":"Bea"}]""")]
    [TestCase("active", """[{"name":"boolean","valueBoolean":true}]""")]
    [TestCase("birthDate", """
        [{"name":"date","valueDate":"1950-02-03","_valueDate":{"extension":[{"url":"http://x","valueString":"y"}]}}]
        """)]
    [TestCase("name.last()", """[{"name":"HumanName","valueHumanName":{"given":["Dora"]}}]""")]
    [TestCase("contact", """
        [{"name":"Patient.contact","extension":[{"url":"JSON","valueString":"{\"gender\":\"female\"}"}]}]
        """)]
    [TestCase("1 + 1", """[{"name":"integer","valueInteger":2}]""")]
    [TestCase("1.50", """[{"name":"decimal","valueDecimal":1.50}]""")]
    [TestCase("today()", """[{"name":"date","valueDate":"2026-03-02"}]""")]
    [TestCase("4 'mg'", """
        [{"name":"Quantity","valueQuantity":{"value":4,"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"}}]
        """)]
    [TestCase("name[0].elementDefinition().path", """[{"name":"string","valueString":"Patient.name"}]""")]
    [TestCase("name[0].conformsTo('http://hl7.org/fhir/StructureDefinition/HumanName')",
        """[{"name":"boolean","valueBoolean":true}]""")]
    [TestCase("''", """[{"name":"empty-string"}]""")]
    [TestCase("%n & %m", """[{"name":"string","valueString":"left"}]""")]
    [TestCase("%n | %list.first()", """
        [{"name":"string","valueString":"left"},{"name":"integer","valueInteger":1}]
        """)]
    public async Task Run_ValueOfAKind_IsAPartNamedByItsType(string expression, string parts)
    {
        var answer = await AskAsync(expression, null);
        Assert.That(answer.Status, Is.EqualTo(200));
        Assert.That(
            Results(answer).Single()["part"]?.ToString(),
            Is.EqualTo(parts.Trim().Replace("JSON", FhirPathQuestion.JsonExtension, StringComparison.Ordinal)));
    }

    [Test]
    public async Task Run_Resource_IsAResource()
    {
        var answer = await AskAsync("%resource", null);
        var part = Results(answer).Single().Children("part").Single();
        Assert.That(part.Text("name"), Is.EqualTo("Patient"));
        Assert.That(part.Child("resource")?.Text("id"), Is.EqualTo("p"));
    }

    [Test]
    public async Task Run_WithContext_HasAResultForEachItemAndItsTraces()
    {
        var answer = await AskAsync("given.trace('seen').first() & %context.family", "name");
        var results = Results(answer).ToList();
        Assert.That(results.Select(each => each.Text("valueString")), Is.EqualTo((string[])["name[0]", "name[1]"]));
        Assert.That(
            results.SelectMany(each => each.Children("part")).Select(each => each.Text("valueString")),
            Is.EqualTo((string[])["AnnCole", "seen", "Dora", "seen"]));
        Assert.That(
            results[0].Children("part").Last().ToString(),
            Is.EqualTo("""
                {"name":"trace","valueString":"seen","part":
                [{"name":"string","valueString":"Ann"},{"name":"string","valueString":"Bea"}]}
                """.ReplaceLineEndings("")));
    }

    [Test]
    public async Task Run_Always_RepeatsTheParameters()
    {
        var answer = await AskAsync("active", "%resource");
        var echo = Body(answer).Children("parameter").First();
        Assert.That(echo.Text("name"), Is.EqualTo("parameters"));
        Assert.That(
            echo.Children("part").Select(each => each.Text("name")),
            Is.EqualTo((string[])["evaluator", "expression", "context", "resource", "variables"]));
    }

    [TestCase("name.given1", null, "invalid", "(line 1, column 6)", "expression")]
    [TestCase("active and\n  status = 1 +", null, "invalid", "(line 2, column 15)", "expression")]
    [TestCase("active", "name.nothing(", "invalid", "(line 1, column 14)", "context")]
    [TestCase("name.given + 'a'", null, "invalid", "(line 1, column 12)", "expression")]
    [TestCase("(1|2|3).repeatAll(1)", null, "too-costly", "items", "expression")]
    [TestCase("%nothing", null, "invalid", "%nothing", "expression")]
    public async Task Run_BrokenExpression_IsAnOutcomeWithThePlace(
        string expression, string? context, string code, string words, string parameter)
    {
        var answer = await AskAsync(expression, context);
        var issue = Body(answer).Children("issue").Single();
        Assert.That(answer.Status, Is.EqualTo(422));
        Assert.That(issue.Text("code"), Is.EqualTo(code));
        Assert.That(issue.Text("diagnostics"), Does.Contain(words));
        Assert.That(
            issue.Items("expression").Single().AsText,
            Is.EqualTo($"Parameters.parameter.where(name = '{parameter}').value"));
    }

    [TestCase("""{"resourceType":"Patient"}""", "expected Parameters")]
    [TestCase("""{"resourceType":"Parameters"}""", "parameter expression")]
    [TestCase("""
        {"resourceType":"Parameters","parameter":[
         {"name":"expression","valueString":"1"},{"name":"mode","valueCode":"loose"}]}
        """, "mode")]
    [TestCase("""
        {"resourceType":"Parameters","parameter":[
         {"name":"expression","valueString":"1"},{"name":"resource","valueString":"Patient/1"}]}
        """, "expected a resource")]
    public async Task Run_OtherBody_IsRefused(string json, string words)
    {
        var answer = await RunAsync(json);
        Assert.That(answer.Status, Is.EqualTo(400));
        Assert.That(Body(answer).Children("issue").Single().Text("diagnostics"), Does.Contain(words));
    }

    [Test]
    public async Task Run_Mode_DecidesWhatAsTakes()
    {
        Assert.That((await AskAsync("name.as(HumanName).given", null)).Status, Is.EqualTo(422));
        Assert.That((await AskAsync("name.as(HumanName).given", null, "lenient")).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task Run_ResourceAsJsonText_IsRead()
    {
        var text = JsonText.WriteString(new TextNode(Patient));
        var answer = await RunAsync($$"""
            {"resourceType":"Parameters","parameter":[{"name":"expression","valueString":"Patient.active"},
             {"name":"resource","extension":[
              {"url":"http://fhir.forms-lab.com/StructureDefinition/json-value","valueString":{{text}}}]}]}
            """);
        Assert.That(Results(answer).Single()["part"]?.ToString(), Does.Contain("\"valueBoolean\":true"));
    }

    private static Task<RestAnswer> AskAsync(string expression, string? context, string mode = "strict") =>
        RunAsync($$"""
            {"resourceType":"Parameters","parameter":[
             {"name":"expression","valueString":{{Quoted(expression)}}},
             {{(context is null ? "" : "{\"name\":\"context\",\"valueString\":" + Quoted(context) + "},")}}
             {"name":"mode","valueCode":"{{mode}}"},
             {"name":"resource","resource":{{Patient}}},
             {"name":"variables","part":[{"name":"n","valueString":"left"},{"name":"m"},
              {"name":"list","valueInteger":1},{"name":"list","valueInteger":2}]}]}
            """);

    private static string Quoted(string text) => JsonText.WriteString(new TextNode(text));

    private static Task<RestAnswer> RunAsync(string json)
    {
        var request = new RestRequest
        {
            Method = "POST",
            Path = ["$fhirpath"],
            BaseUrl = "http://localhost/fhir",
            Body = Resource.Read(Encoding.UTF8.GetBytes(json)).Value,
        };
        return Operation.Run(request, null!, CancellationToken.None); // the operation needs no server
    }

    private static ObjectNode Body(RestAnswer answer) =>
        Resource.Read(answer.Body.Span).Value?.Root ?? throw new InvalidOperationException("expected a resource");

    private static IEnumerable<ObjectNode> Results(RestAnswer answer) =>
        Body(answer).Children("parameter").Where(each => each.Text("name") == "result");
}
