using System.Runtime.CompilerServices;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Remote;

namespace FhirOrchestrator.Subscriptions;

/// <summary>A stretch of a change search.</summary>
/// <param name="Items">What it found, in order of change.</param>
/// <param name="CompleteUpTo">Everything changed before this instant (EHR's clock) has been found by now.</param>
/// <param name="Now">The EHR's clock when the search began.</param>
/// <param name="IsLast">True where nothing follows.</param>
/// <param name="Failure">Why it broke off; null where it did not.</param>
/// <param name="RetryAfter">How long the EHR wants to be left alone.</param>
internal sealed record ChangeStretch(
    ImmutableArray<PageItem> Items, DateTimeOffset CompleteUpTo, DateTimeOffset? Now, bool IsLast, string? Failure,
    TimeSpan? RetryAfter = null);

/// <summary>
/// Searches for what changed since an instant, oldest first. It asks anew from the last instant seen rather than
/// turning pages, because a resource that changes meanwhile moves to the end and shifts another one off the page that
/// was to come; pages are turned only within one instant that fills a page.
/// </summary>
internal sealed class ChangeSearch(EhrClient client, int pagesMax)
{
    /// <summary>Results asked for at once; the server may give fewer.</summary>
    public const int PageSize = 200;

    /// <summary>
    /// The stretches from <paramref name="since"/> on; the last one says whether the search is complete.
    /// </summary>
    public async IAsyncEnumerable<ChangeStretch> RunAsync(
        string criteria, DateTimeOffset since, [EnumeratorCancellation] CancellationToken ct)
    {
        var type = criteria.Split('?')[0];
        var start = SearchPage.Floor(since);
        var cursor = start;
        DateTimeOffset? now = null;
        var pages = 0;
        while (true)
        {
            var moved = false;
            await foreach (var reply in client.SearchPagesAsync(Query(criteria, cursor), ct))
            {
                now ??= reply.Date;
                if (reply is not { IsOk: true, Body: { } bundle })
                {
                    yield return new([], cursor, now, IsLast: true, reply.Words, reply.RetryAfter);
                    yield break;
                }

                var page = SearchPage.Read(client.Settings.Name, type, bundle, cursor);
                var last = page.Items.Max(item => item.UpdatedAt) is { } at ? SearchPage.Floor(at) : cursor;
                var isEnd = !HasNext(bundle);
                pages++;
                // Within the first instant it goes on, or an import of very many at one instant would never be passed.
                var failure = page.Problem
                    ?? (!isEnd && pages >= pagesMax && last > start
                        ? $"more than {pagesMax} pages; the next round goes on"
                        : null);
                yield return new(page.Items, last, now, isEnd || failure is not null, failure);
                if (isEnd || failure is not null)
                {
                    yield break;
                }

                if (last > cursor)
                {
                    (cursor, moved) = (last, true);
                    break;
                }
            }

            if (!moved)
            {
                throw new System.Diagnostics.UnreachableException();
            }
        }
    }

    private static string Query(string criteria, DateTimeOffset since) =>
        $"{criteria}{(criteria.Contains('?', StringComparison.Ordinal) ? '&' : '?')}"
        + $"_lastUpdated=ge{Resource.InstantText(since)}&_sort=_lastUpdated&_count={PageSize}";

    private static bool HasNext(Resource bundle) => bundle.Root.Children("link")
        .Any(link => link.Text("relation") == "next" && link.Text("url") is not null);
}
