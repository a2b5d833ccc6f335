using FhirOrchestrator.Access;
using FhirOrchestrator.Chains;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Worklist;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Primitives;

namespace FhirOrchestrator.Tests.Worklist;

/// <summary>What comes in by forms and headers, and what goes out by headers.</summary>
internal sealed class DoorTests
{
    [TestCase("output.outcome", "well", "outcome=well", "")]
    [TestCase("output.outcome", "", "", "Outcome")]
    [TestCase("output.outcome", "nonsense", "", "Outcome")]
    public void Form_Choice_ReadOrMissing(string name, string value, string outputs, string missing) =>
        Expect([(name, value)], outputs, missing);

    [TestCase("Appointment/1", "Appointment/1", "")]
    [TestCase("https://ehr.example/fhir/Appointment/1", "https://ehr.example/fhir/Appointment/1", "")]
    [TestCase("1", "Appointment/1", "")]
    [TestCase("Patient/1", null, "Appointment")]
    [TestCase("next Tuesday", null, "Appointment")]
    public void Form_Reference_OfItsTypeOnly(string said, string? reference, string missing) => Expect(
        [("output.outcome", "well"), ("output.Appointment", said)],
        reference is null ? "outcome=well" : $"outcome=well Appointment={reference}",
        missing);

    [TestCase(500, 1)]
    [TestCase(501, 0)]
    public void Form_Text_HasALimit(int length, int outputs)
    {
        var template = Rows.Template with { Outputs = [new OutputRule("note", "Note", [], false)] };
        var read = OutputForm.Read(template, Form([("output.note", new string('x', length))]));
        Assert.That((read.Outputs.Length, read.Missing.Length), Is.EqualTo((outputs, 1 - outputs)));
    }

    [TestCase("Ann", "Ann")]
    [TestCase("  Ann  ", "Ann")]
    [TestCase("Ærlig Ünal", "Ærlig Ünal")]
    public void Persona_Remembered_IsKnownAgain(string name, string known)
    {
        var response = new DefaultHttpContext().Response;
        Persona.Remember(response, name);
        var cookie = response.Headers.SetCookie.ToString();
        Assert.That(cookie, Does.Contain("httponly").And.Contain("samesite=strict"));
        Assert.That(Persona.Of(Request(cookie.Split(';')[0]))?.Name, Is.EqualTo(known));
    }

    [Test]
    public void Persona_Empty_IsForgotten()
    {
        var response = new DefaultHttpContext().Response;
        Persona.Remember(response, "  ");
        Assert.That(response.Headers.SetCookie.ToString(), Does.Contain("persona=;").And.Contain("1970"));
    }

    [TestCase("")]
    [TestCase("persona=")]
    [TestCase("persona=%20%20")]
    public void Persona_NobodySaid_IsNobody(string cookie) => Assert.That(Persona.Of(Request(cookie)), Is.Null);

    [Test]
    public void Persona_TooLong_IsCutWhenSaidAndNobodyWhenForged()
    {
        var response = new DefaultHttpContext().Response;
        Persona.Remember(response, new string('x', 79) + "😀");
        Assert.That(
            Persona.Of(Request(response.Headers.SetCookie.ToString().Split(';')[0]))?.Name,
            Is.EqualTo(new string('x', 79)));
        Assert.That(Persona.Of(Request("persona=" + new string('x', 81))), Is.Null);
    }

    [TestCase(null, null, true)]
    [TestCase("same-origin", "http://localhost:5080", true)]
    [TestCase("none", null, true)]
    [TestCase("cross-site", null, false)]
    [TestCase("same-site", null, false)]
    [TestCase(null, "http://elsewhere.example", false)]
    [TestCase(null, "null", false)]
    [TestCase(null, "https://localhost:5080", false)]
    [TestCase(null, "http://localhost:5081", false)]
    public async Task SameOrigin_FormFrom_PassesOrNot(string? site, string? origin, bool passes)
    {
        var http = new DefaultHttpContext();
        http.Request.Scheme = "http";
        http.Request.Host = new HostString("localhost", 5080);
        http.Request.Headers["Sec-Fetch-Site"] = site;
        http.Request.Headers.Origin = origin;
        var result = await new SameOrigin().InvokeAsync(
            EndpointFilterInvocationContext.Create(http), _ => ValueTask.FromResult<object?>("passed"));
        Assert.That(result is "passed", Is.EqualTo(passes));
        Assert.That(passes || result is StatusCodeHttpResult { StatusCode: 403 }, Is.True);
    }

    [Test]
    public async Task Pages_Headers_KeepPatientsToThisScreen()
    {
        var http = new DefaultHttpContext();
        await new PageHeaders().InvokeAsync(
            EndpointFilterInvocationContext.Create(http), _ => ValueTask.FromResult<object?>(null));
        var headers = http.Response.Headers;
        Assert.Multiple(() =>
        {
            Assert.That(
                headers.ContentSecurityPolicy.ToString(),
                Does.Contain("default-src 'none'").And.Contain("form-action 'self'")
                    .And.Contain("frame-ancestors 'none'"));
            Assert.That(headers.XContentTypeOptions.ToString(), Is.EqualTo("nosniff"));
            Assert.That(headers.CacheControl.ToString(), Is.EqualTo("no-store"));
            Assert.That(headers["Referrer-Policy"].ToString(), Is.EqualTo("no-referrer"));
        });
    }

    [TestCase("/", true)]
    [TestCase("/?pool=x", true)]
    [TestCase("/tasks/1/call/1", true)]
    [TestCase(null, false)]
    [TestCase("", false)]
    [TestCase("//elsewhere.example", false)]
    [TestCase("/\\elsewhere.example", false)]
    [TestCase("https://elsewhere.example", false)]
    [TestCase("/a\r\nb", false)]
    public void WayBack_Path_OfThisServerOnly(string? path, bool isLocal) =>
        Assert.That(WorklistDoors.IsLocal(path), Is.EqualTo(isLocal));

    private static void Expect((string Name, string Value)[] fields, string outputs, string missing)
    {
        var read = OutputForm.Read(Rows.Template, Form(fields));
        Assert.That(string.Join(' ', read.Outputs.Select(Words)), Is.EqualTo(outputs));
        Assert.That(string.Join(' ', read.Missing), Is.EqualTo(missing));
    }

    private static string Words(StepOutput output) =>
        $"{output.Type}={output.Coded?.Value ?? output.Reference ?? output.Text}";

    private static FormCollection Form((string Name, string Value)[] fields) =>
        new(fields.ToDictionary(field => field.Name, field => new StringValues(field.Value)));

    private static HttpRequest Request(string cookie)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers.Cookie = cookie;
        return request;
    }
}
