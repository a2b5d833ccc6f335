using FhirOrchestrator.Fhir.Search;

namespace FhirOrchestrator.Tests.Fhir.Search;

internal sealed class CriteriaSetTests
{
    [Test]
    public void Match_AllCasesAtOnce_AgreesWithTheMatcher()
    {
        var queries = SearchCases.Queries("http://own.example/fhir").Where(each => each.WhyNoCriteria() is null)
            .ToList();
        var set = new CriteriaSet<SearchQuery>(queries.Select(each => (each, each)));

        foreach (var resource in SearchCases.Resources)
        {
            Assert.That(
                set.Match(resource).Select(each => each.ToCanonicalText()),
                Is.EqualTo(queries.Where(each => SearchMatcher.Matches(each, resource))
                    .Select(each => each.ToCanonicalText())),
                resource.Path);
        }
    }

    [TestCase("Patient?general-practitioner.name=x", "other resources")]
    [TestCase("Patient?_has:Observation:patient:code=x", "other resources")]
    [TestCase("Patient?_include=Patient:organization", "includes")]
    [TestCase("Patient?_sort=name", "orders, counts or shortens")]
    [TestCase("Patient?_elements=name", "orders, counts or shortens")]
    public void Compile_WhatOneResourceCannotTell_IsRefused(string criteria, string words) => Assert.That(
        () => new CriteriaSet<int>([(1, SearchQuery.ParseUrl(criteria).Query!)]),
        Throws.ArgumentException.With.Message.Contains(words));

    [Test]
    public void Match_AThousandSubscriptions_TakesLessThanAMillisecond()
    {
        var measured = CriteriaSpeed.Measure(1_000, TimeProvider.System, TimeSpan.FromMilliseconds(300));

        TestContext.Out.WriteLine(
            $"{measured.Subscriptions} subscriptions, {measured.Matches} met: "
            + $"{measured.MillisecondsPerResource:0.000} ms and {measured.BytesPerResource:0} bytes a resource");
        Assert.That(measured.Matches, Is.Positive);
        Assert.That(measured.MillisecondsPerResource, Is.LessThan(10), "a hang guard at ten times the figure");
    }
}
