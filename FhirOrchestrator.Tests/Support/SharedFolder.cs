namespace FhirOrchestrator.Tests.Support;

/// <summary>
/// The folder of official definitions and synthetic patients beside the repository; a user's clone has none.
/// </summary>
internal static class SharedFolder
{
    /// <summary>
    /// The path of a file or folder below <c>../shared</c>; ignores the running test where it is absent.
    /// </summary>
    public static string Path(string relative)
    {
        var path = Find(relative);
        if (path is null)
        {
            Assert.Ignore($"needs ../shared/{relative}, which is absent here");
        }

        return path!;
    }

    /// <summary>The path of a file or folder below <c>../shared</c>, null where it is absent.</summary>
    public static string? Find(string relative)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "global.json")))
            {
                var path = System.IO.Path.Combine(folder.Parent?.FullName ?? "/", "shared", relative);
                return System.IO.Path.Exists(path) ? path : null;
            }
        }

        return null;
    }
}
