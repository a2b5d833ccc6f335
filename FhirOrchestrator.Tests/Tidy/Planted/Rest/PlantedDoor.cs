namespace FhirOrchestrator.Tests.Tidy.Planted.Rest;

/// <summary>May know the store, and does.</summary>
internal sealed class PlantedDoor
{
    public Storage.PlantedStore? Store { get; init; }
}
