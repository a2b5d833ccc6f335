namespace FhirOrchestrator.Tests.Tidy.Planted.Chains;

/// <summary>Breaks every rule that the compiled assembly shows, so that the rules prove that they see.</summary>
internal sealed class PlantedMachine
{
    /// <summary>
    /// Knows a station that it must not, without a using directive, inside a lambda of an asynchronous method.
    /// </summary>
    public static async Task<int> QualifiedAsync(CancellationToken ct)
    {
        await Task.Yield();
        Func<int> hidden = () => new Storage.PlantedStore().Count + ct.GetHashCode();
        return hidden();
    }

    public static int GenericOnly() => new List<Rest.PlantedDoor>().Count;

    public static Guid Chance() => Guid.NewGuid();

    public static int Blocks(Task<int> task) => task.Result;

    public static void Waits(Task task) => task.Wait();

    public static int HoldsAwaiter(Task<int> task) => task.GetAwaiter().GetResult();

    public static Task Leaves(CancellationToken ct) => Task.Run(() => { }, ct);

    public static async Task ConfiguresAsync(Task task) => await task.ConfigureAwait(false);

    public static void Speaks() => Console.WriteLine("x");

    public static IEnumerable<int> Innocent()
    {
        yield return 1;
    }

    public static async Task InnocentAsync(Task task) => await task;
}
