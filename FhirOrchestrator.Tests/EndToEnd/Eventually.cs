using System.Diagnostics;

namespace FhirOrchestrator.Tests.EndToEnd;

/// <summary>
/// Waits for what another process does. Nothing in a test measures by it: the guard is ten times what is expected, and
/// only ends a test that would hang.
/// </summary>
internal static class Eventually
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Looks until there is something; fails after ten times the expected time, with what was last seen.
    /// </summary>
    /// <param name="what">What is waited for, in words.</param>
    /// <param name="expected">How long it should take.</param>
    /// <param name="look">Gives the thing, or null while there is none yet.</param>
    /// <param name="seen">Describes the state for the message, where something can be said.</param>
    public static async Task<T> SomeAsync<T>(
        string what, TimeSpan expected, Func<CancellationToken, Task<T?>> look, Func<string>? seen = null)
        where T : class
    {
        using var guard = new CancellationTokenSource(expected * 10, TimeProvider.System);
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                if (await look(guard.Token) is { } found)
                {
                    return found;
                }

                await Task.Delay(Look, TimeProvider.System, guard.Token);
            }
            catch (OperationCanceledException fault) when (guard.IsCancellationRequested)
            {
                var waited = Stopwatch.GetElapsedTime(started).TotalSeconds;
                throw new AssertionException(
                    $"expected {what} within {expected.TotalSeconds:0.#} s, got nothing in {waited:0.#} s. "
                    + seen?.Invoke(),
                    fault);
            }
        }
    }

    /// <summary>Looks until it is true.</summary>
    public static Task TrueAsync(
        string what, TimeSpan expected, Func<CancellationToken, Task<bool>> look, Func<string>? seen = null) =>
        SomeAsync<object>(what, expected, async ct => await look(ct) ? "true" : null, seen);
}
