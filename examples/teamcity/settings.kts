// Checks every pull request. Copy it to .teamcity/settings.kts, or its build type into the one that is there.
//
// Findings are problems of the build, gates are its tests, and the HTML report is a tab of the build with the name of its
// artifact (Project Settings, Report Tabs). With a token in the parameter env.MLGATE_TOKEN and without `--comment off`, the
// report is a comment as well.
import jetbrains.buildServer.configs.kotlin.*
import jetbrains.buildServer.configs.kotlin.buildFeatures.XmlReport
import jetbrains.buildServer.configs.kotlin.buildFeatures.pullRequests
import jetbrains.buildServer.configs.kotlin.buildFeatures.xmlReport
import jetbrains.buildServer.configs.kotlin.buildSteps.script
import jetbrains.buildServer.configs.kotlin.triggers.vcs

version = "2025.07"

project {
    buildType(Gate)
}

object Gate : BuildType({
    name = "mlgate"
    artifactRules = "report.*"

    vcs {
        root(DslContext.settingsRoot)
        // `git:merge-base` and the guard want the history.
        checkoutMode = CheckoutMode.ON_AGENT
        cleanCheckout = true
    }
    steps {
        // Here: bring the program mlgate, the data and predictions of this change, and those of main.
        script {
            name = "gate"
            scriptContent = """
                mlgate run --color never --publish --comment off \
                  --output markdown=report.md --output json=report.json --output html=report.html --output junit=junit.xml
            """.trimIndent()
        }
    }
    triggers {
        vcs { branchFilter = "+:pull/*" }
    }
    features {
        pullRequests {
            provider = github { authType = vcsRoot() }
        }
        xmlReport {
            reportType = XmlReport.XmlReportType.JUNIT
            rules = "junit.xml"
        }
    }
})
