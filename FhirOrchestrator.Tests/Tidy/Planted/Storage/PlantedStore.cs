namespace FhirOrchestrator.Tests.Tidy.Planted.Storage;

/// <summary>May be known by some.</summary>
internal sealed class PlantedStore
{
    public int Count { get; init; }
}
