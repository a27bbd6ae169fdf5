-- AlterTable
ALTER TABLE "ActivityPoint" ADD COLUMN "cacheBytes" REAL;
ALTER TABLE "ActivityPoint" ADD COLUMN "waitingBytes" REAL;
ALTER TABLE "ActivityPoint" ADD COLUMN "waitingFiles" INTEGER;

-- AlterTable
ALTER TABLE "CapacityPoint" ADD COLUMN "provisionedBytes" BIGINT;
