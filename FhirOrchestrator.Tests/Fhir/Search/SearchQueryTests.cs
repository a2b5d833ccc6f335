using FhirOrchestrator.Fhir.Search;

namespace FhirOrchestrator.Tests.Fhir.Search;

internal sealed class SearchQueryTests
{
    [TestCase("Patient", "birthdat=1982", "did you mean 'birthdate'")]
    [TestCase("Patient", "name:exakt=x", ":exact")]
    [TestCase("Patient", "gender:texts=x", ":not, :text")]
    [TestCase("Patient", "identifier:of-type=a|b", "system|code|value")]
    [TestCase("Patient", "name:missing=maybe", "true or false")]
    [TestCase("Patient", "identifier=", "a value for 'identifier'")]
    [TestCase("Patient", "identifier", "a value for 'identifier'")]
    [TestCase("Patient", "identifier=|", "system|code")]
    [TestCase("Patient", "gender=male,,female", "between commas")]
    [TestCase("Patient", "gender:in=http://nowhere", "a value set whose codes are held here")]
    [TestCase("Encounter", "type:below=http://snomed.info/sct|1", "a code system that is held here")]
    [TestCase("Patient", "birthdate=ap1982", "the time of asking")]
    [TestCase("Patient", "birthdate=yesterday", "a date")]
    [TestCase("Patient", "birthdate=1982-13", "a date")]
    [TestCase("Patient", "general-practitioner.nam=x", "at the chain")]
    [TestCase("Patient", "name.family=x", "a reference before the dot")]
    [TestCase("Patient", "general-practitioner:Nobody.name=x", "a resource type of R4")]
    [TestCase("Patient", "link.link.link.link.link.name=x", "at most 4 references")]
    [TestCase("Patient", "_has:Observation:patient=x", "_has:[Type]:[reference]:[parameter]")]
    [TestCase("Patient", "_has:Observation:code:status=x", "a reference of Observation to Patient")]
    [TestCase("Patient", "_include=Patient:name", "a reference of Patient")]
    [TestCase("Patient", "_include=Patient", "[Type]:[reference]")]
    [TestCase("Patient", "_include:once=Patient:organization", ":iterate")]
    [TestCase("Patient", "_include=*&_summary=text", "_summary=text")]
    [TestCase("Patient", "_elements=idd", "elements of Patient")]
    [TestCase("Patient", "_filter=x", "not supported")]
    [TestCase("Patient", "_text=x", "not supported")]
    [TestCase("Patient", "_contained=both", "not supported")]
    [TestCase("Patient", "_count=many", "a whole number")]
    [TestCase("Patient", "_summary=maybe", "true, text, data, count or false")]
    [TestCase("Patient", "_sort=namen", "did you mean 'name'")]
    [TestCase("Observation", "code-value-quantity=a", "2 values with $")]
    [TestCase("Location", "near=1|2", "special")]
    [TestCase("Encounter", "length=five", "a number")]
    [TestCase("Patiant", "", "did you mean 'Patient'")]
    [TestCase("Patient", "link=not a reference", "Type/id")]
    public void Parse_WhatIsNotSupported_IsRefusedInWords(string type, string query, string words)
    {
        var parsed = SearchQuery.Parse(type, query);

        Assert.Multiple(() =>
        {
            Assert.That(parsed.Query, Is.Null);
            Assert.That(parsed.Problem?.Message, Does.Contain(words));
        });
    }

    [Test]
    public void Parse_ControlParameters_AreRead()
    {
        var query = SearchQuery.Parse("Patient", "?_sort=-birthdate,name&_count=7&_total=none&_format=json").Query!;

        Assert.Multiple(() =>
        {
            Assert.That(query.Sort.Select(each => (each.Parameter.Code, each.IsDescending)),
                Is.EqualTo(new[] { ("birthdate", true), ("name", false) }));
            Assert.That(query.Count, Is.EqualTo(7));
            Assert.That(query.WantsTotal, Is.False);
            Assert.That(query.IsCountOnly, Is.False);
        });
    }

    [Test]
    public void CanonicalText_OrderAndEncoding_DoNotMatter() => Assert.That(
        SearchQuery.Parse("Task", "status=requested&identifier=a%7Cb").Query!.ToCanonicalText(),
        Is.EqualTo(SearchQuery.ParseUrl("Task?identifier=a|b&status=requested").Query!.ToCanonicalText()));

    [Test]
    public void QueryString_OfAReadQuery_ReadsTheSame()
    {
        var query = SearchQuery.Parse("Patient", "name=a%26b%2Bc&identifier=urn:x|1").Query!;

        Assert.That(SearchQuery.Parse("Patient", query.ToQueryString()).Query!.Given, Is.EqualTo(query.Given));
    }
}
