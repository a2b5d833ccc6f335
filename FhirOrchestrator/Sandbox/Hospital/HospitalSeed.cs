using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Sandbox.Hospital;

/// <summary>How large the hospital is at first.</summary>
internal sealed record HospitalSize
{
    /// <summary>What everything is drawn from. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>People on file. Default 40.</summary>
    public int Patients { get; init; } = 40;

    /// <summary>People in beds, at most 50 and at most as many as patients. Default 25.</summary>
    public int Inpatients { get; init; } = 25;
}

/// <summary>The whole hospital on its first morning: a pure function of size, seed and instant.</summary>
internal static class HospitalSeed
{
    /// <summary>Whether this exists tells whether the hospital was seeded.</summary>
    public const string MarkType = "Organization";
    public const string MarkId = "hospital";

    /// <summary>All resources, in an order in which each stands behind what it refers to.</summary>
    public static ImmutableArray<Resource> Build(HospitalSize size, DateTimeOffset now)
    {
        var dice = new Dice(size.Seed);
        var built = ImmutableArray.CreateBuilder<Resource>();
        built.AddRange(HouseSeed.Build());
        var beds = built.Where(each => each.Type == "Location" && each.Id!.StartsWith("bed-", StringComparison.Ordinal))
            .Select(each => each.Id!).ToList();
        var stays = new List<Resource>();
        for (var number = 0; number < size.Patients; number++)
        {
            var patient = PatientSeed.Build(dice.Id("patient"), number, dice, now);
            built.Add(patient);
            if (number % 10 == 4)
            {
                built.Add(PatientSeed.CareTeam(dice.Id("team"), patient, number));
            }

            if (stays.Count < size.Inpatients && beds.Count > 0)
            {
                var bed = dice.Pick(beds);
                beds.Remove(bed);
                var at = now - TimeSpan.FromMinutes(120 + dice.Below(9 * 24 * 60));
                stays.Add(StaySeed.Stay(new Admission(dice.Id("stay"), patient, bed, at), dice));
            }
        }

        built.AddRange(stays);
        return built.DrainToImmutable();
    }
}
