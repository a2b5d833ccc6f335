using System.Globalization;
using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>What judging one resource by many subscriptions cost on one core.</summary>
/// <param name="Subscriptions">How many there were, all different, of three parameters each.</param>
/// <param name="Matches">How many of them the resource met.</param>
/// <param name="MillisecondsPerResource">The mean time of one resource.</param>
/// <param name="BytesPerResource">Bytes allocated for each.</param>
internal sealed record CriteriaSpeedResult(
    int Subscriptions, int Matches, double MillisecondsPerResource, double BytesPerResource);

/// <summary>Measures <see cref="CriteriaSet{TKey}"/> on the sample Encounter, from the parsed resource on.</summary>
internal static class CriteriaSpeed
{
    private const int Batch = 20;

    /// <summary>
    /// Subscriptions to Encounters, all different: status, class, and a third parameter of seven kinds. Some ask for
    /// codes and references, which can be looked up, others for dates, texts and what is not there, which cannot.
    /// </summary>
    public static IEnumerable<SearchQuery> Subscriptions(int count)
    {
        string[] states = ["planned", "arrived", "in-progress", "finished"];
        string[] classes = ["IMP", "AMB", "EMER"];
        for (var at = 0; at < count; at++)
        {
            var third = (at % 7) switch
            {
                0 => $"subject=Patient/p{at}",
                1 => $"date=ge{2000 + (at % 30)}-01-01T00:00:{at % 60:00}.{at:000}Z",
                2 => $"identifier=http://hospital.example/stays|{at}",
                3 => $"type:not=http://snomed.info/sct|{at}",
                4 => $"location=Location/l{at}",
                5 => $"length=gt{at}",
                _ => $"_lastUpdated=lt{2000 + (at % 100)}-01-01T00:00:00.{at:000}Z",
            };
            var text = string.Create(
                CultureInfo.InvariantCulture,
                $"status={states[at % 4]}&class={classes[at % 3]}&{third}");
            yield return SearchQuery.Parse("Encounter", text).Query
                ?? throw new InvalidOperationException($"expected criteria, got '{text}'");
        }
    }

    /// <summary>Judges the sample for about the span given, after a warm-up of the same length.</summary>
    public static CriteriaSpeedResult Measure(int subscriptions, TimeProvider clock, TimeSpan span)
    {
        var set = new CriteriaSet<int>(Subscriptions(subscriptions).Select((query, at) => (at, query)));
        var resource = Resource.Read(Encoding.UTF8.GetBytes(PathSpeedSamples.Encounter)).Value
            ?? throw new InvalidOperationException("expected the sample to be a resource");
        Run(set, resource, clock, span);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var (count, elapsed) = Run(set, resource, clock, span);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        return new CriteriaSpeedResult(
            subscriptions, set.Match(resource).Count, elapsed.TotalMilliseconds / count, (double)allocated / count);
    }

    private static (long Count, TimeSpan Elapsed) Run(
        CriteriaSet<int> set, Resource resource, TimeProvider clock, TimeSpan span)
    {
        var start = clock.GetTimestamp();
        var count = 0L;
        TimeSpan elapsed;
        do
        {
            for (var at = 0; at < Batch; at++)
            {
                _ = set.Match(resource);
            }

            count += Batch;
            elapsed = clock.GetElapsedTime(start);
        }
        while (elapsed < span);
        return (count, elapsed);
    }
}
