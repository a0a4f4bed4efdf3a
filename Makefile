# 回音 Huiyin. Every target sets up what it needs: git, make and python3 (3.8+) are enough to begin.
PYTHON ?= python3
ARGS ?=
LAUNCH = @exec $(PYTHON) -m bot.launch

.PHONY: run test check bench chaos city evaluate evaluate-files lock migrate seed doctor clean help
.NOTPARALLEL:

run:      ## 安装并启动演示 set up and open the demo on $$PORT (8000); HUIYIN_DEMO=0 starts empty
	$(LAUNCH) run
test:     ## 全部测试 all tests; ARGS="tests/launch -k port" for some
	$(LAUNCH) test $(ARGS)
check:    ## 格式、规范、类型、架构 format, lint, types, imports
	$(LAUNCH) check
bench:    ## 性能测量 benchmarks, into docs/benchmarks.md
	$(LAUNCH) bench $(ARGS)
chaos:    ## kill -9 长测 the long kill -9 tests
	$(LAUNCH) chaos $(ARGS)
city:     ## 模拟城市：30 天、10 万条留言 thirty days of a city in minutes, with a report; ARGS=--postgresql
	$(LAUNCH) city $(ARGS)
evaluate: ## 理解能力评测报告 how well messages are read, into var/evaluation; ARGS="--quick" leaves the yardsticks out
	$(LAUNCH) evaluate $(ARGS)
evaluate-files: ## 用任意标注文件训练并评测 train and measure on any files: TRAIN=a.jsonl TEST=b.jsonl OUT=c.json
	$(LAUNCH) evaluate-files $(ARGS)
lock:     ## 重新锁定依赖 compile the lock files anew; ARGS=--upgrade for newer versions
	$(LAUNCH) lock $(ARGS)
migrate:  ## 更新数据库 bring the database up to date
	$(LAUNCH) migrate
seed:     ## 写入演示数据 write the demo's data
	$(LAUNCH) seed
doctor:   ## 检查本机环境 what the set-up finds on this machine
	$(LAUNCH) doctor
clean:    ## 删除环境与缓存（保留数据） remove environments and caches; data stays
	$(LAUNCH) clean
help:     ## 本页 this page
	@sed -n 's/[$$][$$]/$$/g; s/^\([a-z-]*\): *## /  \1\t/p' $(MAKEFILE_LIST)
