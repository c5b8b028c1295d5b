/*
 * A stand-in for a Jenkins controller: runs a declarative Jenkinsfile with the steps of `vars`, and records the steps of plugins.
 *
 *     groovy tests/jenkins/runner.groovy JENKINSFILE VARS
 *
 * `sh` is a real shell in the working directory. It knows nothing of CPS, of the sandbox and of the parameters of plugins.
 */
import org.codehaus.groovy.control.CompilerConfiguration

class Stop extends RuntimeException {
    Stop(String message) { super(message) }
}

class Build {
    static Map variables = [:]
    static Map libraries = [:]
    static String result = 'SUCCESS'
    static String workspace = '.'

    static String worse(String one, String other) {
        List order = ['SUCCESS', 'UNSTABLE', 'FAILURE']
        order[Math.max(order.indexOf(one), order.indexOf(other))]
    }
}

class Env {
    def getProperty(String name) { Build.variables[name] }
    void setProperty(String name, value) { Build.variables[name] = value.toString() }
}

abstract class PipelineScript extends Script {
    static Env theEnv = new Env()
    def getEnv() { theEnv }
    def propertyMissing(String name) { throw new MissingPropertyException(name, this.class) }
    def invokeMethod(String name, Object arguments) {
        Object[] all = arguments as Object[]
        if (Build.libraries.containsKey(name)) { return Build.libraries[name].invokeMethod('call', all) }
        def own = this.class.declaredMethods.find { it.name == name && !it.synthetic }
        if (own) { return super.invokeMethod(name, arguments) }
        Steps.run(name, all)
    }
}

class Steps {
    static within(Map more, Closure body) {
        Map before = new HashMap(Build.variables)
        Build.variables.putAll(more)
        try { return body() } finally { Build.variables = before }
    }

    static String shown(value) {
        if (value instanceof Map) { return '[' + value.collect { k, v -> "${k}:${shown(v)}" }.join(', ') + ']' }
        if (value instanceof List) { return '[' + value.collect { shown(it) }.join(', ') + ']' }
        value.toString()
    }

    static run(String name, Object[] all) {
        def body = all && all[-1] instanceof Closure ? all[-1] : null
        def first = all ? all[0] : null
        switch (name) {
            case 'echo': println "[echo] ${first}"; return null
            case 'isUnix': return Build.variables.FAKE_WINDOWS == null
            case 'fileExists': return new File(Build.workspace, first.toString()).exists()
            case 'sh':
                Map given = first instanceof Map ? first : [script: first.toString()]
                def builder = new ProcessBuilder('/bin/sh', '-xe', '-c', given.script.toString())
                builder.directory(new File(Build.workspace)).redirectErrorStream(true)
                builder.environment().clear()
                Build.variables.each { k, v -> builder.environment().put(k.toString(), v.toString()) }
                def process = builder.start()
                print process.inputStream.text
                int code = process.waitFor()
                if (given.returnStatus) { return code }
                if (code != 0) { throw new Stop("script returned exit code ${code}") }
                return null
            case 'error': throw new Stop(first.toString())
            case 'unstable':
                Build.result = Build.worse(Build.result, 'UNSTABLE')
                println "[unstable] ${first}"
                return null
            case 'withEnv':
                return within(first.collectEntries { it.toString().split('=', 2) as List }, body)
            case 'withCredentials':
                Map secrets = [:]
                first.each { secrets[(it.variable ?: it.passwordVariable)] = 'secret-of-' + it.credentialsId }
                return within(secrets, body)
            case ['string', 'usernamePassword', 'sarif']: return first
            case ['node', 'timeout', 'timestamps', 'dir', 'script']: return body ? body() : null
            default:
                println "[step] ${name} ${all.findAll { !(it instanceof Closure) }.collect { shown(it) }.join(' ')}"
                return null
        }
    }
}

/** The blocks of a declarative pipeline. */
class Blocks extends GroovyObjectSupport {
    Script owner
    Map post = [:]

    def invokeMethod(String name, Object arguments) {
        Object[] all = arguments as Object[]
        def body = all && all[-1] instanceof Closure ? all[-1] : null
        switch (name) {
            case ['pipeline', 'stages', 'steps', 'script']: return go(body)
            case ['agent', 'options', 'tools', 'triggers', 'parameters', 'timeout']: return null
            case 'stage':
                if (Build.result == 'FAILURE') { println "== stage ${all[0]} skipped"; return null }
                println "== stage ${all[0]}"
                Build.variables.STAGE_NAME = all[0]
                try {
                    return go(body)
                } catch (Stop stop) {
                    Build.result = 'FAILURE'
                    println "ERROR: ${stop.message}"
                    return null
                }
            case 'post':
                // Conditions of a stage hold when it has ended.
                def conditions = [:]
                body.delegate = new Expando(
                    always: { conditions.always = it }, failure: { conditions.failure = it },
                    unstable: { conditions.unstable = it }, success: { conditions.success = it },
                )
                body.resolveStrategy = Closure.DELEGATE_FIRST
                body()
                post.putAll(conditions)
                return null
            default: return owner.invokeMethod(name, arguments)
        }
    }

    def getProperty(String name) {
        if (name in ['any', 'none']) { return name }
        return this.@owner != null && name == 'env' ? PipelineScript.theEnv : super.getProperty(name)
    }

    def go(Closure body) {
        body.delegate = this
        body.resolveStrategy = Closure.DELEGATE_FIRST
        body()
    }
}

Build.workspace = System.getProperty('user.dir')
Build.variables.putAll(System.getenv())
def compiler = new CompilerConfiguration()
compiler.scriptBaseClass = 'PipelineScript'
def shell = new GroovyShell(this.class.classLoader, new Binding(), compiler)
new File(args[1]).listFiles().findAll { it.name.endsWith('.groovy') }.each {
    Build.libraries[it.name - '.groovy'] = shell.parse(it)
}
def text = new File(args[0]).text.replaceAll(/(?m)^@Library\(.*\)\s*_\s*$/, '')
def script = shell.parse(text + '\n', 'Jenkinsfile.groovy')
def blocks = new Blocks(owner: script)
script.metaClass.pipeline = { Closure body -> blocks.go(body) }
try {
    script.run()
} catch (Stop stop) {
    Build.result = 'FAILURE'
    println "ERROR: ${stop.message}"
}
for (condition in ['always', Build.result.toLowerCase()]) {
    if (blocks.post[condition]) { println "== post ${condition}"; blocks.go(blocks.post[condition]) }
}
println "Finished: ${Build.result}"
System.exit(Build.result == 'FAILURE' ? 1 : 0)
