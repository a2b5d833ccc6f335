using System.Globalization;
using FhirOrchestrator.Fhir.Definitions.Digest;
using FhirOrchestrator.Settings;

/// <summary>The verb <c>digest</c>: the committed files of FHIR definitions, written anew.</summary>
internal partial class Program
{
    private const string DigestPlace = "FhirOrchestrator/Fhir/Definitions";

    private static async Task<int> DigestAsync(string folder)
    {
        if (!Directory.Exists(DigestPlace))
        {
            await Console.Error.WriteLineAsync(
                $"expected to be started at the root of the repository, got a folder without {DigestPlace}");
            return CommandLine.ExitWrongUse;
        }

        try
        {
            foreach (var file in DigestWriter.Make(new BundleFolder(folder)))
            {
                var packed = file.Packed();
                await File.WriteAllBytesAsync(Path.Combine(DigestPlace, file.Name), packed);
                await Console.Out.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{DigestPlace}/{file.Name}: {file.Json.Length} bytes, {packed.Length} packed"));
            }

            return 0;
        }
        catch (DigestException refused)
        {
            await Console.Error.WriteLineAsync(refused.Message);
            return 1;
        }
    }
}
